/** Slack's mrkdwn as elements: https://docs.slack.dev/messaging/formatting-message-text */
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { slackDate } from "./dates.js";

const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    "\\b(?<url>https?://[^\\s<>]*[^\\s<>.,;:!?)\\]'\"*_~`])",
    "(?<![\\w*])\\*(?<bold>\\S|\\S[^*\\n]*\\S)\\*(?![\\w*])",
    "(?<![\\w_])_(?<italic>\\S|\\S[^_\\n]*\\S)_(?![\\w_])",
    "(?<![\\w~])~(?<strike>\\S|\\S[^~\\n]*\\S)~(?![\\w~])",
    ":(?<emoji>[a-z0-9_+'-]+):",
  ].join("|"),
  "g",
);

/** Undoes the three escapes of Slack; their order matters. */
const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Blocks of text, code and quotes. `names` looks people, groups and channels up by id. */
export function mrkdwn(text, names) {
  return String(text ?? "")
    .split(/```\n?([\s\S]*?)\n?```/g)
    .flatMap((part, at) => {
      if (at % 2) return [h("pre", {}, h("code", {}, unescaped(part)))];
      return paragraphs(part.replace(/^\n|\n$/g, ""), names);
    });
}

function paragraphs(text, names) {
  if (text === "") return [];
  const runs = [];
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?/.exec(line);
    const item = /^\s*[•◦▪] ?/.exec(line);
    const kind = quoted ? "blockquote" : item ? "ul" : "p";
    const bare = line.slice((quoted ?? item)?.[0].length ?? 0);
    if (runs.at(-1)?.kind === kind) runs.at(-1).lines.push(bare);
    else runs.push({ kind, lines: [bare] });
  }
  return runs.map((run) => paragraph(run, names));
}

function paragraph({ kind, lines }, names) {
  if (kind === "ul")
    return h(
      "ul",
      {},
      lines.map((line) => h("li", {}, inline(line, names))),
    );
  const broken = lines.flatMap((line, at) => (at ? [h("br"), ...inline(line, names)] : inline(line, names)));
  return h(kind, { class: kind === "p" ? "text" : false }, broken);
}

/** One line's worth of elements and strings. */
export function inline(text, names) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(...withEmoji(unescaped(text.slice(end, match.index))), styled(match, names));
    end = match.index + match[0].length;
  }
  return [...parts, ...withEmoji(unescaped(text.slice(end)))];
}

function styled({ 0: whole, groups }, names) {
  if (groups.code) return h("code", {}, unescaped(groups.code));
  if (groups.angle) return reference(groups.angle, names);
  if (groups.url) return link(unescaped(groups.url), "", names);
  if (groups.bold) return h("strong", {}, inline(groups.bold, names));
  if (groups.italic) return h("em", {}, inline(groups.italic, names));
  if (groups.strike) return h("s", {}, inline(groups.strike, names));
  return emoji(groups.emoji) ?? whole;
}

/** What stands between < and >. */
function reference(inside, names) {
  const [target, ...rest] = inside.split("|");
  const label = unescaped(rest.join("|"));
  if (target.startsWith("@")) return mention(`@${names.person(target.slice(1)) ?? (label || target.slice(1))}`);
  if (target.startsWith("#")) return channelLink(target.slice(1), label, names);
  if (target.startsWith("!subteam^")) return mention(`@${names.group(target.slice(9)) ?? label.replace(/^@/, "")}`);
  if (target.startsWith("!date^")) return slackDate(target.slice(6), label);
  if (target.startsWith("!")) return mention(`@${target.slice(1)}`);
  return link(unescaped(target), label, names);
}

const mention = (text) => h("span", { class: "mention" }, text);

function channelLink(id, label, names) {
  const name = names.channel(id);
  return name ? wayTo(id, `#${name}`, names) : mention(`#${label || id}`);
}

const wayTo = (id, label, names) =>
  h("button", { type: "button", class: "mention", onclick: () => names.go(id) }, label);

const ROOM = /^https:\/\/(?:[\w-]+\.)?slack\.com\/(?:archives\/|app_redirect\?channel=)(\w+)/;

/** A link, when it leads to the web; one to a channel of this Slack goes there; anything else stays text. */
export function link(url, label = "", names = null) {
  const room = ROOM.exec(url)?.[1];
  if (names?.channel(room)) return wayTo(room, label || `#${names.channel(room)}`, names);
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return label || url;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label || url);
}

/** A Slack text object as elements. */
export function textObject(object, names) {
  if (!object) return [];
  if (typeof object === "string") return mrkdwn(object, names);
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : withEmoji(object.text, true);
}
