/** The head of a channel: its name, its topic, its bookmarks, who is in it. */
import { h, icon, keyed } from "./dom.js";
import { attempt } from "./state.js";
import { closesWhenLeft } from "./elements.js";
import { inline, link } from "./mrkdwn.js";
import { avatar, badge } from "./people.js";
import { absent } from "./rooms.js";

export function showHead(container, slack, names) {
  const { channel, people, me } = slack;
  const signature = JSON.stringify([channel?.id, channel?.name, channel?.topic, channel?.members, channel?.archived, people, me]);
  keyed(container, [{ key: "head", signature, make: () => head(slack, names) }]);
}

function head(slack, names) {
  const { channel } = slack;
  return h("div", { class: "head" }, drawerButton(),
    channel ? h("div", { class: "title" }, title(channel), topic(channel, names)) : h("div", { class: "title" }, h("h1", {}, "No channel")),
    channel && !channel.direct ? members(slack) : null);
}

function drawerButton() {
  const toggle = () => document.body.classList.toggle("drawer");
  return h("button", { type: "button", class: "drawer-button", "aria-label": "Channels and people", onclick: toggle }, icon("menu"));
}

function title(channel) {
  const sign = channel.direct ? "bot" : channel.private ? "lock" : "hash";
  return h("h1", {}, icon(sign), h("span", {}, channel.direct ? "Muster" : channel.name),
    channel.archived ? h("em", {}, "archived") : null);
}

const topic = (channel, names) =>
  channel.topic ? h("p", { class: "topic", title: channel.topic }, inline(channel.topic.replaceAll("\n", " "), names)) : null;

function members(slack) {
  const there = slack.channel.members.map((id) => slack.people.find((person) => person.id === id)).filter(Boolean);
  const row = (person, extra = null) => h("li", {}, avatar(person.real_name, person.kind), person.real_name, badge(person.kind), extra);
  const add = (person) => h("button", { type: "button", class: "btn", onclick: () => bring(person, slack) }, "Add");
  const menu = h("details", { class: "members" },
    h("summary", { "aria-label": `${there.length} members`, "data-focus": "members" },
      there.slice(0, 3).map((person) => avatar(person.real_name, person.kind)), h("span", {}, String(there.length))),
    h("div", { class: "menu" }, h("h2", {}, "Members"), h("ul", {}, there.map((person) => row(person))),
      absent(slack).length ? [h("h2", {}, "Not here"), h("ul", {}, absent(slack).map((person) => row(person, add(person))))] : null));
  menu.addEventListener("keydown", (event) => event.key === "Escape" && (menu.open = false));
  closesWhenLeft(menu);
  return menu;
}

const bring = (person, slack) => attempt("invite", { user: slack.me, channel: slack.channel.id, guest: person.id });

/** The bar of links below the head. */
export function showBookmarks(container, channel, names) {
  const bookmarks = channel?.bookmarks ?? [];
  container.hidden = !bookmarks.length;
  keyed(container, bookmarks.map((bookmark, at) => ({
    key: String(at), signature: JSON.stringify(bookmark),
    make: () => h("span", { class: "bookmark" }, icon("bookmark"), link(bookmark.link, bookmark.title, names)),
  })));
}

/** What stands where messages will be. */
export function emptiness(slack) {
  const { channel } = slack;
  if (!channel) return ["Nothing to see here", "Guests and people of other workspaces see only the channels they were added to. Be somebody else and add them by the member list of a channel."];
  if (channel.direct) return ["This is between you and Muster", "What the app has to say to you alone appears here."];
  return [`This is the very beginning of #${channel.name}`, "Trigger an incident on the PagerDuty side, or type /incident help."];
}
