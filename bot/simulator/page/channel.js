/** The head of a channel: its name, its topic, its bookmarks, who is in it. */
import { h, icon, keyed } from "./dom.js";
import { attempt } from "./state.js";
import { closesWhenLeft } from "./elements.js";
import { inline, link } from "./mrkdwn.js";
import { avatar, badge } from "./people.js";
import { absent } from "./rooms.js";

export function showHead(container, slack, names) {
  const { channel, people, me } = slack;
  const signature = JSON.stringify([
    channel?.id,
    channel?.name,
    channel?.topic,
    channel?.members,
    channel?.archived,
    people,
    me,
  ]);
  keyed(container, [{ key: "head", signature, make: () => head(slack, names) }]);
}

function head(slack, names) {
  const { channel } = slack;
  return h(
    "div",
    { class: "head" },
    drawerButton(),
    channel
      ? h("div", { class: "title" }, title(channel), topic(channel, names))
      : h("div", { class: "title" }, h("h1", {}, "No channel")),
    channel && !channel.direct ? members(slack) : null,
  );
}

function drawerButton() {
  const toggle = () => document.body.classList.toggle("drawer");
  return h(
    "button",
    { type: "button", class: "drawer-button", "aria-label": "Channels and people", onclick: toggle },
    icon("menu"),
  );
}

function title(channel) {
  const sign = channel.direct ? "bot" : channel.private ? "lock" : "hash";
  return h(
    "h1",
    {},
    icon(sign),
    h("span", {}, channel.direct ? "Muster" : channel.name),
    channel.archived ? h("em", {}, "archived") : null,
  );
}

const topic = (channel, names) =>
  channel.topic
    ? h("p", { class: "topic", title: channel.topic }, inline(channel.topic.replaceAll("\n", " "), names))
    : null;

function members(slack) {
  const there = slack.channel.members.map((id) => slack.people.find((person) => person.id === id)).filter(Boolean);
  const row = (person, extra = null) =>
    h("li", {}, avatar(person.real_name, person.kind), person.real_name, badge(person.kind), extra);
  const add = (person) =>
    h(
      "button",
      { type: "button", class: "btn", "aria-label": `Add ${person.real_name}`, onclick: () => bring(person, slack) },
      "Add",
    );
  const menu = h(
    "details",
    { class: "members" },
    h(
      "summary",
      { "aria-label": `${there.length} members`, "data-focus": "members" },
      there.slice(0, 3).map((person) => avatar(person.real_name, person.kind)),
      h("span", {}, String(there.length)),
    ),
    h(
      "div",
      { class: "menu" },
      h("h2", {}, "Members"),
      h(
        "ul",
        {},
        there.map((person) => row(person)),
      ),
      absent(slack).length
        ? [
            h("h2", {}, "Not here"),
            h(
              "ul",
              {},
              absent(slack).map((person) => row(person, add(person))),
            ),
          ]
        : null,
    ),
  );
  menu.addEventListener("keydown", (event) => event.key === "Escape" && (menu.open = false));
  closesWhenLeft(menu);
  return menu;
}

const bring = (person, slack) => attempt("invite", { user: slack.me, channel: slack.channel.id, guest: person.id });

/** The bar of links below the head. */
export function showBookmarks(container, channel, names) {
  const bookmarks = channel?.bookmarks ?? [];
  container.hidden = !bookmarks.length;
  keyed(
    container,
    bookmarks.map((bookmark, at) => ({
      key: String(at),
      signature: JSON.stringify(bookmark),
      make: () => h("span", { class: "bookmark" }, icon("bookmark"), link(bookmark.link, bookmark.title, names)),
    })),
  );
}

const FIRST_STEPS = [
  ["Page somebody.", "Press Trigger on the PagerDuty side: it is filled in already."],
  ["Open the room.", "A channel for the incident appears on the left, with a card and the people it concerns."],
  ["Work on it.", "Acknowledge and resolve by button, or type /incident help. Be Alice, then be Bob."],
  ["Break something.", "Switch a fault on and watch that nothing is lost and nothing is done twice."],
];

/** What stands where messages will be. */
export function emptiness({ channel }) {
  if (!channel)
    return told(
      "Nothing to see here",
      "Guests and outsiders see only channels they were added to. Be somebody else and add them by the member list.",
    );
  if (channel.direct)
    return told("This is between you and Muster", "What the app has to say to you alone appears here.");
  if (channel.name !== "incidents")
    return told(`This is the very beginning of #${channel.name}`, "Nobody has said anything yet.");
  return [
    h("h2", {}, "Watch a page become a war room"),
    h(
      "ol",
      {},
      FIRST_STEPS.map(([step, how]) => h("li", {}, h("p", {}, h("strong", {}, step), " ", how))),
    ),
  ];
}

const told = (title, text) => [h("h2", {}, title), h("p", {}, text)];
