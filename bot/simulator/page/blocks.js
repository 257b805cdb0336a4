/** Block Kit as elements: https://docs.slack.dev/reference/block-kit/blocks */
import { h } from "./dom.js";
import { element } from "./elements.js";
import { withEmoji } from "./emoji.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const KINDS = {
  header: (block) => h("h3", { class: "b-header" }, withEmoji(block.text.text, true)),
  divider: () => h("hr", { class: "b-divider" }),
  section,
  context: (block, context) =>
    h(
      "div",
      { class: "b-context" },
      block.elements.map((each) => contextElement(each, context)),
    ),
  actions: (block, context) =>
    h(
      "div",
      { class: "b-actions" },
      block.elements.map((each) => element(each, block, context)),
    ),
  input,
  image: (block) => h("p", { class: "b-image" }, h("span", { class: "image-word" }, block.alt_text), block.title?.text),
  rich_text: (block, context) => h("div", { class: "b-rich" }, richText(block.elements, context.names)),
  markdown: (block, context) =>
    h("div", { class: "b-section" }, mrkdwn(block.text.replaceAll("**", "*"), context.names)),
};

/** All blocks of a message or a view. */
export const blocks = (list, context) => list.map((block) => shown(block, context));

function shown(block, context) {
  const make = KINDS[block.type];
  return make ? make(block, context) : h("p", { class: "unknown" }, `(a ${block.type} block is not shown here)`);
}

function section(block, context) {
  const { names } = context;
  const fields = block.fields?.map((field) => h("div", { class: "field" }, textObject(field, names)));
  return h(
    "div",
    { class: "b-section" },
    h(
      "div",
      { class: "b-text" },
      block.text ? textObject(block.text, names) : null,
      fields ? h("div", { class: "b-fields" }, fields) : null,
    ),
    block.accessory ? h("div", { class: "b-accessory" }, element(block.accessory, block, context)) : null,
  );
}

function contextElement(each, context) {
  return h("span", {}, each.type === "image" ? element(each, {}, context) : textObject(each, context.names));
}

/** A labelled field; `data-block` is where its error goes. */
function input(block, context) {
  const inner = { ...context, use: block.dispatch_action ? context.use : null };
  const control = element(block.element, block, inner);
  const grouped = ["radio_buttons", "checkboxes"].includes(block.element.type);
  const target = `field-${block.block_id}-${block.element.action_id}`;
  const errorId = `error-${block.block_id}`;
  const field = control.matches("[data-name]") ? control : control.querySelector("[data-name]");
  field?.setAttribute("aria-describedby", errorId);
  field?.removeAttribute("aria-label");
  const words = [withEmoji(block.label.text, true), block.optional ? h("small", {}, " (optional)") : null];
  const label = grouped
    ? h("span", { class: "label", id: `${target}-label` }, words)
    : h("label", { for: target }, words);
  if (grouped) field?.setAttribute("aria-labelledby", `${target}-label`);
  return h(
    "div",
    { class: "b-input", "data-block": block.block_id },
    label,
    control,
    block.hint ? h("p", { class: "hint" }, withEmoji(block.hint.text, true)) : null,
    h("p", { class: "error", id: errorId, role: "alert" }),
  );
}
