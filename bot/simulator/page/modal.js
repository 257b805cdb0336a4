/** The modal the bot opened on the person's screen: https://docs.slack.dev/surfaces/modals */
import { attempt, toast, watched } from "./state.js";
import { busily, find, h, icon } from "./dom.js";
import { blocks } from "./blocks.js";
import { withEmoji } from "./emoji.js";

let view = null;

/** Escape and the cross cancel, as the button does. */
export function startModal() {
  find("modal").addEventListener("cancel", (event) => (event.preventDefault(), cancel()));
}

/** Shows, rewrites or closes it; what was typed stays while the view is the same. */
export function showModal(next, names) {
  const dialog = find("modal");
  if (!next) {
    view = null;
    if (dialog.open) dialog.close();
    return;
  }
  if (view?.id !== next.id || view?.hash !== next.hash) dialog.replaceChildren(form(next, names));
  view = next;
  showErrors(dialog, next.errors);
  if (!dialog.open) {
    dialog.showModal();
    (dialog.querySelector("[autofocus]") ?? dialog.querySelector("input, textarea, select"))?.focus();
  }
}

function form(shown, names) {
  const use = async (actionId, value) => {
    const came = await attempt("press-view", { user: watched.user, view: shown.id, action_id: actionId, value });
    if (came?.trouble) toast(came.trouble);
  };
  const offered = async (actionId, typed) => {
    const asked = { user: watched.user, view: shown.id, action_id: actionId, typed };
    return (await attempt("suggest", asked))?.options;
  };
  const label = (object, otherwise) => withEmoji(object?.text ?? otherwise, true);
  const cancelling = h("button", { type: "button", class: "btn", onclick: cancel }, label(shown.close, "Cancel"));
  const submitting = shown.submit
    ? h("button", { type: "submit", class: "btn primary", id: "modal-submit" }, label(shown.submit))
    : null;
  const body = h(
    "form",
    { novalidate: true, autocomplete: "off" },
    h(
      "header",
      {},
      h("h2", { id: "modal-title" }, label(shown.title, "")),
      h("button", { type: "button", class: "cross", "aria-label": "Close", onclick: cancel }, icon("cross")),
    ),
    h("div", { class: "modal-body" }, blocks(shown.blocks, { names, use, offered, form: true })),
    h("footer", {}, cancelling, submitting),
  );
  body.addEventListener("submit", (event) => (event.preventDefault(), busily(submitting, () => submit(body))));
  body.addEventListener(
    "keydown",
    (event) => event.key === "Enter" && event.metaKey + event.ctrlKey && body.requestSubmit(),
  );
  return body;
}

async function submit(body) {
  const fields = [...body.querySelectorAll(".b-input [data-name], .b-actions [data-name]")].filter(
    (field) => field.read,
  );
  const values = Object.fromEntries(fields.map((field) => [field.dataset.name, field.read()]));
  const came = await attempt("submit", { user: watched.user, view: view.id, values });
  if (came?.trouble) toast(came.trouble);
  body.querySelector("[aria-invalid]")?.focus();
}

const cancel = () => view && attempt("close", { user: watched.user, view: view.id });

function showErrors(dialog, errors) {
  for (const input of dialog.querySelectorAll(".b-input")) {
    const error = errors[input.dataset.block] ?? "";
    const place = input.querySelector(".error");
    if (place.textContent !== error) place.textContent = error;
    input.classList.toggle("wrong", Boolean(error));
    const field = input.querySelector("[data-name]");
    if (error) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }
}
