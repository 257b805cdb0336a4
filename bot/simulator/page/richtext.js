/** Rich text blocks: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";
import { slackDate } from "./dates.js";

const KINDS = {
  rich_text_section: (part, names) => h("p", { class: "text" }, leaves(part, names)),
  rich_text_preformatted: (part, names) => h("pre", {}, h("code", {}, leaves(part, names))),
  rich_text_quote: (part, names) => h("blockquote", {}, leaves(part, names)),
  rich_text_list: (part, names) =>
    h(
      part.style === "ordered" ? "ol" : "ul",
      {},
      part.elements.map((item) => h("li", {}, leaves(item, names))),
    ),
};
const LEAVES = {
  text: (leaf) => withEmoji(leaf.text),
  link: (leaf, names) => link(leaf.url, leaf.text, names),
  emoji: (leaf) => emoji(leaf.name) ?? `:${leaf.name}:`,
  user: (leaf, names) => mention(`@${names.person(leaf.user_id) ?? leaf.user_id}`),
  usergroup: (leaf, names) => mention(`@${names.group(leaf.usergroup_id) ?? leaf.usergroup_id}`),
  channel: (leaf, names) => mention(`#${names.channel(leaf.channel_id) ?? leaf.channel_id}`),
  broadcast: (leaf) => mention(`@${leaf.range}`),
  date: (leaf) => slackDate(`${leaf.timestamp}^${leaf.format}`, leaf.fallback),
};
const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

export const richText = (parts, names) => parts.map((part) => KINDS[part.type]?.(part, names) ?? null);

const leaves = (part, names) => part.elements.map((leaf) => styled(leaf, LEAVES[leaf.type]?.(leaf, names) ?? ""));

const mention = (text) => h("span", { class: "mention" }, text);

function styled(leaf, inside) {
  const tags = Object.keys(STYLES).filter((name) => leaf.style?.[name]);
  return tags.reduce((child, name) => h(STYLES[name], {}, child), inside);
}
