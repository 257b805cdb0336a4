/** The right side: PagerDuty, and what goes wrong on purpose. */
import { attempt, watch, watched } from "./state.js";
import { find, h, icon, keyed } from "./dom.js";
import { changeItems, deliveryItems } from "./arrivals.js";
import { incidentItems } from "./incidents.js";
import { showTrigger } from "./trigger.js";

const LISTS = {
  incidents: {
    title: "Incidents",
    items: incidentItems,
    count: (state) => state.incidents.filter((each) => each.status !== "resolved").length,
    empty: ["All is quiet", "Nobody is being paged. Trigger an incident above and watch a war room open."],
  },
  changes: {
    title: "Change events",
    items: changeItems,
    count: (state) => state.changes.length,
    empty: ["No changes yet", "Log one in Slack: /change deploy checkout v42"],
  },
  deliveries: {
    title: "Webhooks",
    items: deliveryItems,
    count: (state) => state.deliveries.filter((each) => each.outcome === "under way").length,
    empty: ["No webhooks yet", "What PagerDuty tells the bot, and what the bot answers, appears here."],
  },
};
let chosen = "incidents";
let state = null;

export function startPagerDuty() {
  find("acting").addEventListener("change", (event) => watch({ acting: event.currentTarget.value }));
}

export function showPagerDuty(next, switches) {
  state = next;
  const { users } = state;
  if (!users.some((user) => user.email === watched.acting)) watched.acting = users[0]?.email ?? "";
  const actors = users.map((user) => ({
    key: user.email,
    signature: JSON.stringify([user, watched.acting]),
    make: () => h("option", { value: user.email, selected: user.email === watched.acting }, user.name),
  }));
  keyed(find("acting"), actors);
  showTrigger(find("trigger"), state);
  showTabs();
  showList();
  showSwitches(switches);
}

function showTabs() {
  keyed(
    find("pd-tabs"),
    Object.entries(LISTS).map(([name, { title, count }]) => ({
      key: name,
      signature: JSON.stringify([count(state), name === chosen]),
      make: () => tab(name, title, count(state)),
    })),
  );
  const open = LISTS.incidents.count(state);
  find("tab-open").hidden = !open;
  find("tab-open").textContent = String(open);
}

function tab(name, title, count) {
  const choose = () => ((chosen = name), showTabs(), showList());
  const attributes = {
    type: "button",
    role: "tab",
    id: `pd-tab-${name}`,
    "aria-selected": String(name === chosen),
    "data-focus": name,
  };
  return h(
    "button",
    { ...attributes, onclick: choose },
    title,
    count ? h("span", { class: "badge" }, String(count)) : null,
  );
}

function showList() {
  const { items, empty } = LISTS[chosen];
  find("pd-list").setAttribute("aria-labelledby", `pd-tab-${chosen}`);
  const shown = items(state);
  const [title, text] = empty;
  const nothing = {
    key: `no ${chosen}`,
    signature: "",
    make: () => h("div", { class: "quiet" }, h("h3", {}, title), h("p", {}, text)),
  };
  keyed(find("pd-list"), shown.length ? [...warnings(), ...shown] : [nothing]);
}

/** PagerDuty stops delivering after three drops in a row. */
function warnings() {
  if (!state.switched_off || chosen !== "deliveries") return [];
  const text = "PagerDuty switched the webhook subscription off: three deliveries in a row were refused.";
  return [{ key: "switched off", signature: "", make: () => h("p", { class: "alarm" }, icon("alarm"), text) }];
}

function showSwitches(switches) {
  find("faults").classList.toggle(
    "on",
    switches.some((each) => each.on),
  );
  keyed(
    find("switches"),
    switches.map((each) => ({ key: each.name, signature: String(each.on), make: () => faultSwitch(each) })),
  );
}

function faultSwitch({ name, label, on }) {
  const press = () => attempt("switch", { name, on: !on });
  return h(
    "button",
    {
      type: "button",
      role: "switch",
      "aria-checked": String(on),
      class: "switch",
      "data-focus": name,
      "data-switch": name,
      onclick: press,
    },
    h("span", { class: "track", "aria-hidden": "true" }),
    h("span", {}, label),
  );
}
