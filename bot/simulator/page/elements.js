/** Block elements that people use: buttons, menus, fields. https://docs.slack.dev/reference/block-kit/block-elements
 *
 * `context.use(actionId, value, control)` tells the bot at once; null in a form's inputs, which are read on submit
 * by their `read` property under the name in data-name.
 */
import { busily, h, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link, textObject } from "./mrkdwn.js";
import { confirmed } from "./confirm.js";

const KINDS = {
  button,
  overflow,
  image: smallImage,
  static_select: select,
  external_select: searched,
  users_select: select,
  channels_select: select,
  conversations_select: select,
  multi_static_select: select,
  multi_users_select: select,
  multi_channels_select: select,
  radio_buttons: choice,
  checkboxes: choice,
  plain_text_input: text,
  number_input: text,
  email_text_input: text,
  url_text_input: text,
  datepicker: text,
  timepicker: text,
};
const INPUT_TYPES = {
  number_input: "number",
  email_text_input: "email",
  url_text_input: "url",
  datepicker: "date",
  timepicker: "time",
};

/** One element of `block`. What the page does not know it names, so that nothing is silently missing. */
export function element(spec, block, context) {
  const make = KINDS[spec.type];
  return make ? make(spec, block, context) : h("em", { class: "unknown" }, `(${spec.type} is not shown here)`);
}

async function use(spec, value, control, context) {
  if (!context.use || (spec.confirm && !(await confirmed(spec.confirm, context.names)))) return;
  await busily(control, () => context.use(spec.action_id, value, control));
}

function button(spec, block, context) {
  const attributes = {
    type: "button",
    class: `btn ${spec.style ?? ""}`,
    "aria-label": spec.accessibility_label,
    "data-focus": `${spec.action_id}/${spec.value ?? ""}`,
    onclick: (event) => use(spec, spec.value ?? null, event.currentTarget, context),
  };
  const label = h("span", {}, withEmoji(spec.text?.text ?? "", true));
  if (!spec.url || typeof link(spec.url) === "string") return h("button", attributes, label);
  return h(
    "a",
    { ...attributes, type: null, href: spec.url, target: "_blank", rel: "noopener noreferrer" },
    label,
    icon("out"),
  );
}

function overflow(spec, block, context) {
  const options = spec.options.map((option) => overflowOption(spec, option, context));
  const summary = h(
    "summary",
    { class: "btn more", "aria-label": "More actions", "data-focus": spec.action_id },
    icon("more"),
  );
  const menu = h("details", { class: "overflow" }, summary, h("div", { class: "menu" }, options));
  menu.addEventListener("toggle", () => menu.open && openWhereThereIsRoom(menu));
  menu.addEventListener("keydown", (event) => event.key === "Escape" && close(menu));
  closesWhenLeft(menu);
  return menu;
}

function overflowOption(spec, option, context) {
  const pressed = (event) => {
    const menu = event.currentTarget.closest("details");
    menu.open = false;
    use(spec, option.value, menu.querySelector("summary"), context);
  };
  return h("button", { type: "button", onclick: pressed }, textObject(option.text, context.names));
}

/** A menu that closes when focus leaves it; a press inside must not take the focus away before it counts. */
export function closesWhenLeft(menu) {
  menu.addEventListener("focusout", (event) => menu.contains(event.relatedTarget) || (menu.open = false));
  menu.addEventListener("mousedown", (event) => event.target.closest(".menu") && event.preventDefault());
}

function close(menu) {
  menu.open = false;
  menu.querySelector("summary").focus();
}

function openWhereThereIsRoom(menu) {
  menu.classList.toggle("up", menu.getBoundingClientRect().bottom > innerHeight - 220);
}

function select(spec, block, context) {
  const several = spec.type.startsWith("multi_");
  const chosen = initial(spec);
  const choose = h("option", { value: "" }, spec.placeholder?.text ?? "Choose…");
  const control = h(
    "select",
    { ...named(spec, block, context), multiple: several, "aria-label": spec.placeholder?.text ?? "Choose" },
    several ? null : choose,
    (spec.option_groups ?? [{ options: choices(spec, context) }]).map((group) => optionGroup(group, chosen)),
  );
  control.read = () => (several ? [...control.selectedOptions].map((each) => each.value) : control.value || null);
  control.addEventListener("change", () => control.value && use(spec, control.read(), control, context));
  return h("span", { class: "select" }, control);
}

/** A menu whose options the bot is asked for while somebody types. `context.offered` asks; null where nobody can. */
function searched(spec, block, context) {
  const control = h("select", { ...named(spec, block, context) }, h("option", { value: "" }, "–"));
  const words = h("input", { type: "search", placeholder: spec.placeholder?.text, "aria-label": "Search" });
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    const offered = (await context.offered?.(spec.action_id, words.value)) ?? [];
    if (mine !== asked) return;
    const chosen = control.value ? [control.value] : [];
    control.replaceChildren(h("option", { value: "" }, "–"), ...[optionGroup({ options: offered }, chosen)].flat());
  };
  words.addEventListener("focus", ask);
  words.addEventListener("input", ask);
  control.read = () => control.value || null;
  control.addEventListener("change", () => control.value && use(spec, control.read(), control, context));
  return h("span", { class: "select" }, words, control);
}

function choices(spec, { names }) {
  const plain = (list, name) => list.map((each) => ({ value: each.id, text: { text: each[name] } }));
  if (spec.options) return spec.options;
  return spec.type.includes("users") ? plain(names.people, "real_name") : plain(names.channels, "name");
}

function optionGroup(group, chosen) {
  const options = group.options.map((each) =>
    h("option", { value: each.value, selected: chosen.includes(each.value) }, withPlainEmoji(each.text.text)),
  );
  return group.label ? h("optgroup", { label: group.label.text }, options) : options;
}

/** An option holds text alone: a drawn emoji becomes its words. */
const withPlainEmoji = (words) => words.replace(/:([a-z_]+):\s*/g, "");

function choice(spec, block, context) {
  const one = spec.type === "radio_buttons";
  const chosen = initial(spec);
  const group = `${block.block_id}-${spec.action_id}`;
  const box = (option) =>
    h(
      "label",
      { class: "choice" },
      h("input", {
        type: one ? "radio" : "checkbox",
        name: group,
        value: option.value,
        checked: chosen.includes(option.value),
      }),
      h(
        "span",
        {},
        textObject(option.text, context.names),
        option.description ? h("small", {}, textObject(option.description, context.names)) : null,
      ),
    );
  const field = h(
    "div",
    { class: "choices", role: one ? "radiogroup" : "group", ...named(spec, block, context) },
    spec.options.map(box),
  );
  const checked = () => [...field.querySelectorAll("input:checked")].map((input) => input.value);
  field.read = () => (one ? (checked()[0] ?? null) : checked());
  field.addEventListener("change", () => use(spec, field.read(), field, context));
  return field;
}

function text(spec, block, context) {
  const start = spec.initial_value ?? spec.initial_date ?? spec.initial_time ?? "";
  const attributes = {
    ...named(spec, block, context),
    placeholder: spec.placeholder?.text,
    maxlength: spec.max_length,
  };
  const control = spec.multiline
    ? h("textarea", { ...attributes, rows: 4 }, start)
    : h("input", { ...attributes, type: INPUT_TYPES[spec.type] ?? "text", value: start });
  if (spec.focus_on_load) control.autofocus = true;
  control.read = () => control.value || null;
  if (spec.type.endsWith("picker"))
    control.addEventListener("change", () => use(spec, control.read(), control, context));
  return control;
}

function smallImage(spec) {
  return h("span", { class: "image-word", title: spec.image_url }, spec.alt_text);
}

function named(spec, block, context) {
  const name = block.type === "input" ? block.block_id : spec.action_id;
  return {
    "data-name": name,
    id: context.form ? `field-${block.block_id}-${spec.action_id}` : null,
    "data-focus": spec.action_id,
  };
}

function initial(spec) {
  const one = spec.initial_option?.value ?? spec.initial_user ?? spec.initial_channel ?? spec.initial_conversation;
  const several = spec.initial_options?.map((each) => each.value) ?? spec.initial_users ?? spec.initial_channels ?? [];
  return one === undefined ? several : [one];
}
