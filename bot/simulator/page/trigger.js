/** The form that triggers an incident; it stands ready with something that could happen to anyone. */
import { attempt, watch } from "./state.js";
import { busily, find, h, icon } from "./dom.js";

const EXAMPLES = [
  ["Checkout: 5 % of payments fail", "Checkout"],
  ["Payments: card provider times out", "Payments"],
  ["Search: results are an hour old", "Search"],
  ["Checkout: latency p99 above 4 s", "Checkout"],
  ["Payments: refunds are stuck in the queue", "Payments"],
];
let used = 0;
let made = false;

/** Built once, when the services are known. */
export function showTrigger(form, { services, priorities }) {
  if (made) return;
  made = true;
  const names = services.map((service) => service.name);
  form.append(
    h(
      "div",
      { class: "wide" },
      h("label", { for: "trigger-title" }, "Title"),
      h("input", { id: "trigger-title", maxlength: 1024, required: true }),
    ),
    picker(
      "Service",
      "trigger-service",
      names.map((name) => [name, name]),
    ),
    picker("Urgency", "trigger-urgency", [
      ["high", "High"],
      ["low", "Low"],
    ]),
    picker("Priority", "trigger-priority", [["", "None"], ...priorities.map((name) => [name, name])]),
    h(
      "button",
      { type: "submit", class: "btn alarm-button", id: "trigger-submit" },
      icon("alarm"),
      h("span", {}, "Trigger"),
    ),
  );
  form.addEventListener("submit", trigger);
  suggest(names);
}

function picker(label, id, options) {
  return h(
    "div",
    {},
    h("label", { for: id }, label),
    h(
      "span",
      { class: "select" },
      h(
        "select",
        { id },
        options.map(([value, text]) => h("option", { value }, text)),
      ),
    ),
  );
}

function suggest(names) {
  const [title, service] = EXAMPLES[used++ % EXAMPLES.length];
  find("trigger-title").value = title;
  if (names.includes(service)) find("trigger-service").value = service;
}

async function trigger(event) {
  event.preventDefault();
  const value = (name) => find(`trigger-${name}`).value;
  const wish = {
    title: value("title"),
    service: value("service"),
    urgency: value("urgency"),
    priority: value("priority"),
  };
  const made = await busily(find("trigger-submit"), () => attempt("trigger", wish));
  if (!made) return;
  suggest([...find("trigger-service").options].map((option) => option.value));
  await watch({ incident: made.id });
}
