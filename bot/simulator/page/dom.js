/** Building and exchanging elements. Text goes in as text: nothing foreign is ever read as HTML. */

/** An element; `on…` attributes are listeners, true and false are boolean attributes, children may nest in arrays. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A picture of icons.svg or emoji.svg; with a label it is read aloud, without it is decoration. */
export function picture(file, name, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/page/files/${file}.svg#${name}`);
  svg.setAttribute("class", file === "icons" ? "icon" : "emoji");
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export const icon = (name) => picture("icons", name);

/** Makes `container` show `items` ({key, signature, make}); what did not change stays as it is, focus included. */
export function keyed(container, items) {
  const before = new Map([...container.children].map((child) => [child.dataset.key, child]));
  let previous = null;
  for (const item of items) {
    const node = renewed(before.get(item.key), item);
    before.delete(item.key);
    const place = previous ? previous.nextSibling : container.firstChild;
    if (place !== node) container.insertBefore(node, place);
    previous = node;
  }
  for (const gone of before.values()) gone.remove();
}

function renewed(old, item) {
  if (old && old.signature === item.signature) return old;
  const fresh = item.make();
  fresh.dataset.key = item.key;
  fresh.signature = item.signature;
  if (old) exchange(old, fresh);
  return fresh;
}

/** Puts `fresh` in the place of `old`; focus stays on the control that bears the same data-focus. */
function exchange(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  old.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Shows that `button` is at work until `work` is done. */
export async function busily(button, work) {
  button.classList.add("busy");
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    button.classList.remove("busy");
    button.removeAttribute("aria-busy");
  }
}

export const find = (id) => document.getElementById(id);
