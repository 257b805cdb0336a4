/** What the page knows: the last snapshot, whom and what it watches, and lines that only this page wrote. */
import { act, fetchState, Unknown } from "./api.js";

const KEPT = "muster-page";
/** Who looks (a Slack user id), at which channel, at which PagerDuty incident, and who acts there (an e-mail). */
export const watched = { user: "", channel: "", incident: "", acting: "", ...recalled() };
/** Slackbot's lines: {user, channel, ts, text}. */
export const slackbotLines = [];

const listeners = [];
let fetching = null;
let stale = false;

export const onState = (listener) => listeners.push(listener);

/** Looks at something else, and remembers it for this tab of the browser. */
export function watch(changes) {
  Object.assign(watched, changes);
  sessionStorage.setItem(KEPT, JSON.stringify(watched));
  return refresh();
}

/** Fetches the snapshot; calls that come meanwhile cause one more fetch together. */
export function refresh() {
  stale = true;
  fetching ??= fetchAll().finally(() => (fetching = null));
  return fetching;
}

async function fetchAll() {
  while (stale) {
    stale = false;
    const { user, channel, incident } = watched;
    const state = await fetchState({ user, channel, incident }).catch(forgetIfUnknown);
    if (state && user === watched.user) listeners.forEach((listener) => listener(state));
  }
}

/** Begins anew with nobody chosen; while the simulator is away nothing changes. */
function forgetIfUnknown(error) {
  if (error instanceof Unknown) {
    Object.assign(watched, { user: "", channel: "", incident: "" });
    stale = true;
  }
  return null;
}

/** Does one thing and looks again; null, with a word to the person, when it could not be done. */
export async function attempt(name, body) {
  try {
    return await act(name, body);
  } catch (error) {
    toast(error.message);
    return null;
  } finally {
    await refresh();
  }
}

/** A line from Slackbot that the person who looks alone sees. */
export function slackbotSays(text) {
  slackbotLines.push({ user: watched.user, channel: watched.channel, ts: (Date.now() / 1000).toFixed(6), text });
  return refresh();
}

/** A short word in the corner, with at most one thing to press; it goes by itself after so many ms. */
export function toast(text, label = "", pressed = null, lasts = 9000) {
  const box = document.createElement("div");
  box.className = "toast";
  box.append(document.createElement("span"));
  box.firstChild.textContent = text;
  if (pressed) box.append(toastButton(label, () => (pressed(), box.remove())));
  box.append(toastButton("Dismiss", () => box.remove()));
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), lasts);
  return box;
}

function toastButton(label, pressed) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", pressed);
  return button;
}

/** Says something to those who listen to the page. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function recalled() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}
