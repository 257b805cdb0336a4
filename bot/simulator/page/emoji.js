/** Emoji by short code. The common ones of incident work are drawn in emoji.svg, so they look alike everywhere. */
import { h, picture } from "./dom.js";

const DRAWN = {
  red_circle: "🔴",
  large_orange_circle: "🟠",
  large_yellow_circle: "🟡",
  large_green_circle: "🟢",
  large_blue_circle: "🔵",
  white_circle: "⚪",
  black_circle: "⚫",
  white_check_mark: "✅",
  rotating_light: "🚨",
  warning: "⚠️",
  fire: "🔥",
  memo: "📝",
  eyes: "👀",
  pushpin: "📌",
  bell: "🔔",
  x: "❌",
  rocket: "🚀",
  link: "🔗",
  hourglass_flowing_sand: "⏳",
  mag: "🔍",
  lock: "🔒",
  telephone_receiver: "📞",
  speech_balloon: "💬",
  arrow_up: "⬆️",
  arrow_right: "➡️",
  arrows_counterclockwise: "🔄",
  busts_in_silhouette: "👥",
  book: "📖",
  bust_in_silhouette: "👤",
  no_entry: "⛔",
  zap: "⚡",
  wrench: "🔧",
  clipboard: "📋",
  tada: "🎉",
  "+1": "👍",
  star: "⭐",
};
const SAME = {
  heavy_check_mark: "white_check_mark",
  pencil: "memo",
  thumbsup: "+1",
  orange_circle: "large_orange_circle",
  yellow_circle: "large_yellow_circle",
  green_circle: "large_green_circle",
  large_red_circle: "red_circle",
  hourglass: "hourglass_flowing_sand",
  phone: "telephone_receiver",
  siren: "rotating_light",
  no_entry_sign: "no_entry",
  round_pushpin: "pushpin",
  open_book: "book",
  arrow_upper_right: "arrow_up",
  loudspeaker: "bell",
  mega: "bell",
  arrows_clockwise: "arrows_counterclockwise",
  white_large_square: "white_circle",
  exclamation: "warning",
  hammer_and_wrench: "wrench",
  mag_right: "mag",
  information_source: "large_blue_circle",
  sos: "rotating_light",
};
const PLAIN = {
  wave: "👋",
  pray: "🙏",
  thinking_face: "🤔",
  ok_hand: "👌",
  raised_hands: "🙌",
  clock1: "🕐",
  heart: "❤️",
  smile: "😄",
  heavy_minus_sign: "➖",
  heavy_plus_sign: "➕",
  recycle: "♻️",
  package: "📦",
  bar_chart: "📊",
  calendar: "📅",
  leftwards_arrow_with_hook: "↩️",
  arrow_down: "⬇️",
  arrow_left: "⬅️",
  question: "❓",
  robot_face: "🤖",
  key: "🔑",
};
const BY_CHARACTER = new Map(Object.entries(DRAWN).map(([name, character]) => [character.replace("\uFE0F", ""), name]));
const CHARACTERS = new RegExp(`(${[...BY_CHARACTER.keys()].join("|")})\uFE0F?`, "u");

/** The emoji of a short code without its colons; null when there is none by this name. */
export function emoji(code) {
  const name = SAME[code] ?? code;
  if (Object.hasOwn(DRAWN, name)) return picture("emoji", name, code.replaceAll("_", " "));
  if (!Object.hasOwn(PLAIN, name)) return null;
  return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, PLAIN[name]);
}

/** Text in which emoji characters that are drawn become pictures, and short codes too when `codes`. */
export function withEmoji(text, codes = false) {
  const parts = codes ? text.split(/:([a-z0-9_+'-]+):/g) : [text];
  return parts.flatMap((part, at) => (at % 2 ? [emoji(part) ?? `:${part}:`] : pictured(part)));
}

function pictured(text) {
  const parts = text.split(CHARACTERS);
  return parts.map((part, at) => (at % 2 ? emoji(BY_CHARACTER.get(part)) : part)).filter((part) => part !== "");
}
