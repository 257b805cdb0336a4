/** The question before something that cannot be undone. */
import { h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** A confirmation dialog object, asked; true when the person agrees. */
export function confirmed(spec, names) {
  const yes = h("button", { class: `btn ${spec.style ?? "primary"}`, value: "yes" }, spec.confirm?.text ?? "Yes");
  const no = h("button", { class: "btn", value: "" }, spec.deny?.text ?? "Cancel");
  const dialog = h(
    "dialog",
    { class: "modal small", "aria-label": spec.title?.text ?? "Are you sure?" },
    h(
      "form",
      { method: "dialog" },
      h("header", {}, h("h2", {}, spec.title?.text ?? "Are you sure?")),
      h("div", { class: "modal-body" }, textObject(spec.text, names)),
      h("footer", {}, no, yes),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  yes.focus();
  return new Promise((answered) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      answered(dialog.returnValue === "yes");
    }),
  );
}
