/** PagerDuty's incidents; the opened one shows what can be done with it and all that happened to it. */
import { attempt, watch, watched } from "./state.js";
import { busily, h, icon, keyed } from "./dom.js";
import { ago, clockWithSeconds } from "./dates.js";
import { link } from "./mrkdwn.js";

/** What `keyed` needs for the list; an opened incident's parts are exchanged one by one, so typing is not lost. */
export function incidentItems(state) {
  return state.incidents.map((incident) => {
    const opened = incident.id === watched.incident ? state.opened : null;
    const item = {
      key: incident.id,
      signature: opened ? "opened" : JSON.stringify(incident) + ago(new Date(incident.created_at)),
      make: () =>
        h("article", { class: opened ? "incident opened" : "incident" }, opened ? null : summary(incident, false)),
    };
    if (opened) queueMicrotask(() => showOpened(opened, state));
    return item;
  });
}

function showOpened(incident, state) {
  const card = document.querySelector(`[data-key="${CSS.escape(incident.id)}"].opened`);
  if (!card) return;
  const { log, notes, updates, ...facts } = incident;
  const part = (key, about, make) => ({ key, signature: JSON.stringify(about), make });
  keyed(card, [
    part("summary", [facts, ago(new Date(incident.created_at))], () => summary(incident, true)),
    part("actions", [facts, state.users], () => actions(incident, state)),
    part("say", incident.id, () => saying(incident)),
    part("log", [log, notes, updates], () => history(incident)),
  ]);
}

function summary(incident, opened) {
  const toggle = () => watch({ incident: opened ? "" : incident.id });
  return h(
    "button",
    {
      type: "button",
      class: `summary ${incident.status}`,
      "aria-expanded": String(opened),
      "data-focus": `incident-${incident.id}`,
      onclick: toggle,
    },
    h(
      "span",
      { class: "row" },
      h("span", { class: "status" }, incident.status),
      h("span", { class: "number" }, `#${incident.number}`),
      incident.priority ? h("span", { class: "priority" }, incident.priority) : null,
      incident.urgency === "high"
        ? h("span", { class: "urgency" }, "High")
        : h("span", { class: "urgency low" }, "Low"),
      h("time", { datetime: incident.created_at }, ago(new Date(incident.created_at))),
    ),
    h("strong", { class: "title" }, incident.title),
    h("span", { class: "row facts" }, h("span", {}, incident.service), h("span", {}, standing(incident))),
  );
}

function standing({ status, assignees, acknowledged_by: acknowledged, merged_into: merged }) {
  if (merged) return `merged into #${merged}`;
  if (status === "resolved") return "resolved";
  if (acknowledged.length) return `acknowledged by ${acknowledged.join(", ")}`;
  return assignees.length ? `paging ${assignees.join(", ")}` : "nobody is assigned";
}

function actions(incident, state) {
  const act = (name, more = {}) => attempt(name, { incident: incident.id, by: watched.acting, ...more });
  const button = (name, label, kind = "") =>
    h(
      "button",
      {
        type: "button",
        class: `btn ${kind}`,
        "data-focus": name,
        "data-action": name,
        onclick: (event) => busily(event.currentTarget, () => act(name)),
      },
      h("span", {}, label),
    );
  const menu = (name, label, options) =>
    h(
      "span",
      { class: "select" },
      h(
        "select",
        { "aria-label": label, "data-focus": name, onchange: (event) => act(name, { to: event.currentTarget.value }) },
        h("option", { value: "", selected: true, disabled: true }, label),
        options.map(([value, text]) => h("option", { value }, text)),
      ),
    );
  if (incident.status === "resolved") return h("div", { class: "do" }, button("reopen", "Reopen"));
  const people = state.users.map((user) => [user.email, user.name]);
  return h(
    "div",
    { class: "do" },
    button("acknowledge", "Acknowledge", incident.status === "triggered" ? "primary" : ""),
    button("resolve", "Resolve"),
    incident.level < incident.levels.length
      ? button("escalate", `Escalate to ${incident.levels[incident.level]}`)
      : null,
    menu("reassign", "Reassign…", people),
    menu("prioritize", "Priority…", [["", "None"], ...state.priorities.map((name) => [name, name])]),
    menu("ask", "Add responder…", people),
  );
}

const WAYS = [
  ["note", "Note", "What did you find?"],
  ["update", "Status update", "What should everyone know?"],
  ["bridge", "Bridge", "https://meet.example.com/…"],
];

/** One field that can be a note, a status update or the bridge's address. */
function saying(incident) {
  const text = h("input", { "aria-label": "Text", maxlength: 2000, "data-focus": "say" });
  const way = h(
    "select",
    { "aria-label": "Kind", onchange: () => hint() },
    WAYS.map(([name, label]) => h("option", { value: name }, label)),
  );
  const hint = () => (text.placeholder = WAYS.find(([name]) => name === way.value)[2]);
  const add = h("button", { type: "submit", class: "btn" }, h("span", {}, "Add"));
  const submit = async (event) => {
    event.preventDefault();
    const wish = { incident: incident.id, by: watched.acting, text: text.value };
    if (await busily(add, () => attempt(way.value, wish))) text.value = "";
  };
  hint();
  return h(
    "form",
    { class: "say", onsubmit: submit, autocomplete: "off" },
    h("span", { class: "select" }, way),
    text,
    add,
  );
}

const MARKS = {
  trigger: "alarm",
  acknowledge: "eye",
  resolve: "check",
  annotate: "note",
  escalate: "up",
  assign: "person",
  status_update: "send",
  responder_request: "person",
  field_value_change: "edit",
};

/** Newest first; notes and status updates with their words. */
function history({ log, notes, updates, responders, bridge }) {
  const words = { annotate: [...notes], status_update: [...updates] };
  const entries = log.map((entry) => ({ ...entry, said: words[entry.kind]?.shift()?.text })).reverse();
  const address = bridge?.conference_url;
  return h(
    "div",
    { class: "history" },
    address ? h("p", { class: "fact" }, "Bridge: ", link(address)) : null,
    responders.length
      ? h("p", { class: "fact" }, "Responders: ", responders.map((each) => `${each.name} (${each.state})`).join(", "))
      : null,
    h("h3", {}, "Log"),
    h("ol", { class: "log" }, entries.map(line)),
  );
}

function line(entry) {
  return h(
    "li",
    { class: `did-${entry.kind}` },
    icon(MARKS[entry.kind] ?? "dot"),
    h(
      "div",
      {},
      h(
        "p",
        {},
        entry.text,
        entry.by && !entry.text.includes(entry.by) ? h("span", { class: "by" }, ` · ${entry.by}`) : null,
      ),
      entry.said ? h("blockquote", {}, entry.said) : null,
    ),
    h("time", { datetime: entry.at }, clockWithSeconds(new Date(entry.at))),
  );
}
