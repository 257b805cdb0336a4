/** Where one types: messages, and slash commands with a hint of what there is. */
import { attempt, slackbotSays, watched } from "./state.js";
import { find, h } from "./dom.js";

const COMMANDS = [
  ["/incident ", "help, list, show, declare, ack, resolve, reopen, note, change, timeline"],
  ["/change ", "log what was changed: /change deploy checkout v42"],
];
let slack = null;
let replyingTo = null;

/** Listens to the form once. */
export function startComposer() {
  const text = find("composer-text");
  find("composer").addEventListener("submit", (event) => (event.preventDefault(), send()));
  text.addEventListener("keydown", onKey);
  text.addEventListener("input", () => (grow(), hint()));
  text.addEventListener("blur", () => setTimeout(() => (find("hints").hidden = true), 150));
}

/** Fits the form to the channel that is shown. */
export function showComposer(state) {
  if (replyingTo && state.channel?.id !== slack?.channel?.id) reply(null);
  slack = state;
  const text = find("composer-text");
  const { channel } = slack;
  find("composer").hidden = !channel;
  text.disabled = !channel || channel.archived;
  const name = channel?.direct ? "Muster" : `#${channel?.name}`;
  text.placeholder = !channel ? "" : channel.archived ? `${name} is archived` : `Message ${name}`;
}

/** Answers go to this message's thread until it is sent or left. */
export function reply(message) {
  replyingTo = message;
  find("replying")?.remove();
  if (!message) return;
  const leave = h("button", { type: "button", class: "plain", onclick: () => reply(null) }, "Leave the thread");
  find("composer").prepend(
    h("p", { id: "replying" }, "Replying in the thread of “", excerpt(message.text), "” ", leave),
  );
  find("composer-text").focus();
}

const excerpt = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

async function send() {
  const field = find("composer-text");
  const text = field.value.trim();
  if (!text || field.disabled) return;
  const kept = field.value;
  field.value = "";
  grow();
  hint();
  if (!(await (text.startsWith("/") ? command(text) : say(text)))) field.value ||= kept;
}

async function command(text) {
  const name = text.split(/\s/)[0];
  if (replyingTo) return slackbotSays(`${name} is not supported in threads. Sorry!`).then(() => true);
  const came = await attempt("command", { user: watched.user, channel: slack.channel.id, text });
  if (came?.trouble) await slackbotSays(came.trouble);
  return came;
}

async function say(text) {
  const said = await attempt("say", { user: watched.user, channel: slack.channel.id, text, thread_ts: replyingTo?.ts });
  if (said) reply(null);
  return said;
}

function onKey(event) {
  const hints = find("hints");
  const options = [...hints.children];
  if (!hints.hidden && ["ArrowDown", "ArrowUp"].includes(event.key)) return move(event, options);
  if (!hints.hidden && event.key === "Escape") return (hints.hidden = true);
  if (!hints.hidden && (event.key === "Tab" || (event.key === "Enter" && !complete()))) return take(event, options);
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return undefined;
  event.preventDefault();
  return send();
}

/** Whether what stands there is a command already, so that Enter sends it. */
const complete = () => COMMANDS.some(([name]) => find("composer-text").value.startsWith(name.trim()));

function move(event, options) {
  event.preventDefault();
  const at = options.findIndex((option) => option.ariaSelected === "true");
  const next = (at + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length;
  options.forEach((option, number) => (option.ariaSelected = String(number === next)));
}

function take(event, options) {
  event.preventDefault();
  fill((options.find((option) => option.ariaSelected === "true") ?? options[0]).dataset.fill);
}

function fill(text) {
  const field = find("composer-text");
  field.value = text;
  field.focus();
  hint();
}

function hint() {
  const typed = find("composer-text").value;
  const fitting = typed.startsWith("/")
    ? COMMANDS.filter(([name]) => name.startsWith(typed) || typed.startsWith(name))
    : [];
  const hints = find("hints");
  hints.hidden = !fitting.length;
  hints.replaceChildren(
    ...fitting.map(([name, about], at) =>
      h(
        "div",
        {
          role: "option",
          "aria-selected": String(at === 0),
          "data-fill": name,
          onmousedown: (event) => (event.preventDefault(), fill(name)),
        },
        h("strong", {}, name),
        h("span", {}, about),
      ),
    ),
  );
}

function grow() {
  const field = find("composer-text");
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
}
