/** Puts both sides on the page and keeps them true. */
import { listen } from "./api.js";
import { find } from "./dom.js";
import { showPagerDuty, startPagerDuty } from "./pagerduty.js";
import { showSlack, startSlack } from "./slack.js";
import { onState, refresh, watch, watched } from "./state.js";

const EVERY = 30_000;
let bot = "";
let up = false;

function showTab(name) {
  document.body.dataset.tab = name;
  for (const tab of ["slack", "pagerduty"]) find(`tab-${tab}`).setAttribute("aria-pressed", String(tab === name));
}

function show(state) {
  Object.assign(watched, { user: state.slack.me, channel: state.slack.channel?.id ?? "" });
  showSlack(state.slack);
  showPagerDuty(state.pagerduty, state.switches);
  bot = state.bot ?? "";
  showLine(up);
  const unread = document.querySelectorAll(".room.unread").length;
  document.title = `${unread ? `(${unread}) ` : ""}Muster: a pretended Slack and PagerDuty`;
}

function showLine(isUp) {
  up = isUp;
  find("link").classList.toggle("up", up);
  const words = up ? `Live${bot && ` · bot at ${bot.replace(/^https?:\/\//, "")}`}` : "Connecting…";
  if (find("link-text").textContent !== words) find("link-text").textContent = words;
}

/** Addresses of incidents, as PagerDuty's links have them, open here: /#/incidents/Q1. */
function followAddress() {
  const incident = /^#\/incidents\/(\w+)/.exec(location.hash)?.[1];
  if (!incident) return;
  showTab("pagerduty");
  watch({ incident }).then(() => document.querySelector(".incident.opened")?.scrollIntoView({ block: "nearest" }));
}

startSlack();
startPagerDuty();
onState(show);
find("tab-slack").addEventListener("click", () => showTab("slack"));
find("tab-pagerduty").addEventListener("click", () => showTab("pagerduty"));
addEventListener("hashchange", followAddress);
followAddress();
await refresh();
listen(refresh, showLine);
setInterval(refresh, EVERY);
