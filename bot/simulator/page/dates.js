/** Instants as people read them, in the zone of the browser. */
import { h } from "./dom.js";

const format = (locale, options) => (at) => new Intl.DateTimeFormat(locale, options).format(at);

export const clock = format("en-GB", { hour: "2-digit", minute: "2-digit" });
export const clockWithSeconds = format("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const full = format("en-GB", { dateStyle: "full", timeStyle: "medium" });
const numeric = format("sv-SE", { dateStyle: "short" });
const short = format("en-US", { month: "short", day: "numeric", year: "numeric" });
const medium = format("en-US", { month: "long", day: "numeric", year: "numeric" });
const long = format("en-US", { weekday: "long", month: "long", day: "numeric", year: "numeric" });

/** A message's ts, or seconds, as a Date. */
export const fromSeconds = (ts) => new Date(Number.parseFloat(ts) * 1000);

/** "today", "yesterday", else what `otherwise` makes of it. */
function pretty(at, otherwise) {
  const days = Math.round((midnight(new Date()) - midnight(at)) / 86_400_000);
  return { 0: "today", 1: "yesterday", "-1": "tomorrow" }[days] ?? otherwise(at);
}

const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());

export const day = (at) => pretty(at, long).replace(/^./, (letter) => letter.toUpperCase());

/** "just now", "4 min", "2 h 5 min", "3 days" between an instant and now. */
export function ago(at, now = new Date()) {
  const minutes = Math.max(0, Math.floor((now - at) / 60_000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} days`;
}

const TOKENS = {
  date_num: numeric,
  date: medium,
  date_short: short,
  date_long: long,
  time: clock,
  time_secs: clockWithSeconds,
  ago,
  date_pretty: (at) => pretty(at, medium),
  date_short_pretty: (at) => pretty(at, short),
  date_long_pretty: (at) => pretty(at, long),
};

/** `<!date^…>`: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
export function slackDate(inside, fallback) {
  const [seconds, pattern = ""] = inside.split("^");
  const at = fromSeconds(seconds);
  if (Number.isNaN(at.getTime())) return fallback;
  const text = pattern.replace(/\{(\w+)\}/g, (whole, name) => TOKENS[name]?.(at) ?? whole);
  return h("time", { datetime: at.toISOString(), title: full(at) }, text || fallback);
}
