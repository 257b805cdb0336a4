/** The sidebar: channels with what is unread in them, and who one is. */
import { h, icon, keyed } from "./dom.js";
import { toast, watch } from "./state.js";
import { avatar } from "./people.js";

/** Messages of each channel that a person has seen; who looks for the first time has seen what there was at first. */
const seen = new Map();
let atFirst = null;
let offered = null;
const OFFERED_FOR = 5000; // ms
/** The channels each person was in when last seen. */
const joined = new Map();

const KINDS = { app: "app", guest: "guest", outsider: "another workspace", member: "" };

/** Channels, in groups, with badges. */
export function showRooms(container, slack) {
  remember(slack);
  const open = slack.channels.filter((channel) => !channel.archived && !channel.direct);
  const groups = [
    ["Channels", open],
    ["Direct messages", slack.channels.filter((channel) => channel.direct)],
    ["Archived", slack.channels.filter((channel) => channel.archived)],
  ];
  keyed(
    container,
    groups
      .filter(([, channels]) => channels.length)
      .map(([title, channels]) => ({
        key: title,
        signature: JSON.stringify([
          channels.map((channel) => [channel, unread(slack, channel)]),
          slack.channel?.id,
          slack.me,
        ]),
        make: () => group(title, channels, slack),
      })),
  );
}

function group(title, channels, slack) {
  return h(
    "section",
    {},
    h("h2", {}, title),
    h(
      "ul",
      {},
      channels.map((channel) => h("li", {}, room(channel, slack))),
    ),
  );
}

function room(channel, slack) {
  const count = unread(slack, channel);
  const here = slack.channel?.id === channel.id;
  const name = channel.direct ? "Muster" : channel.name;
  const kinds = ["room", count ? "unread" : "", channel.archived ? "archived" : ""].filter(Boolean).join(" ");
  const sign = channel.archived ? "archive" : channel.direct ? "bot" : channel.private ? "lock" : "hash";
  return h(
    "button",
    {
      type: "button",
      class: kinds,
      "aria-current": here ? "page" : null,
      "data-focus": channel.id,
      "data-channel": channel.name,
      title: name,
      onclick: () => (document.body.classList.remove("drawer"), watch({ channel: channel.id })),
    },
    icon(sign),
    h("span", { class: "name" }, name),
    count ? h("span", { class: "badge" }, String(count), h("span", { class: "unseen" }, " unread")) : null,
  );
}

const unread = (slack, channel) => Math.max(0, channel.said - (marks(slack).get(channel.id) ?? 0));

const marks = (slack) => seen.get(slack.me) ?? new Map();

function remember(slack) {
  const counts = new Map(slack.channels.map((channel) => [channel.id, channel.said]));
  atFirst ??= counts;
  if (!seen.has(slack.me)) seen.set(slack.me, new Map(atFirst));
  else
    offer(
      slack.channels.filter((channel) => channel.member && !channel.direct && !joined.get(slack.me).has(channel.id)),
      slack.me,
    );
  joined.set(slack.me, new Set(slack.channels.filter((channel) => channel.member).map((channel) => channel.id)));
  for (const channel of slack.channels) if (!marks(slack).has(channel.id)) marks(slack).set(channel.id, 0);
  if (slack.channel) marks(slack).set(slack.channel.id, counts.get(slack.channel.id));
  withdraw(slack);
}

/** Channels one was brought into since one last looked; what was said of earlier ones goes. */
function offer(channels, me) {
  if (!channels.length) return;
  const [channel] = channels;
  const said = `You were added to ${channels.length > 1 ? `${channels.length} channels` : `#${channel.name}`}.`;
  const open = channels.length > 1 ? null : () => watch({ channel: channel.id });
  offered?.box.remove();
  offered = { box: toast(said, "Open it", open, OFFERED_FOR), channels: channels.map((each) => each.id), me };
}

/** An offer is over once its channel is open, or somebody else looks. */
function withdraw(slack) {
  if (!offered || (offered.me === slack.me && !offered.channels.includes(slack.channel?.id))) return;
  offered.box.remove();
  offered = null;
}

/** Who one is, and who one could be. */
export function showPersona(container, slack) {
  const people = slack.people.filter((person) => person.kind !== "app");
  keyed(container, [
    { key: "persona", signature: JSON.stringify([people, slack.me]), make: () => persona(people, slack.me) },
  ]);
}

function persona(people, me) {
  const person = people.find((each) => each.id === me);
  const option = (each) =>
    h(
      "option",
      { value: each.id, selected: each.id === me },
      each.real_name + (KINDS[each.kind] ? ` (${KINDS[each.kind]})` : ""),
    );
  const choose = (event) => watch({ user: event.currentTarget.value });
  return h(
    "label",
    {},
    avatar(person.real_name, person.kind),
    h(
      "span",
      { class: "who" },
      h("small", {}, "You are"),
      h("select", { id: "person", "data-focus": "person", onchange: choose }, people.map(option)),
    ),
  );
}

/** Whoever is missing from a channel can be brought in. */
export const absent = (slack) =>
  slack.people.filter((person) => person.kind !== "app" && !slack.channel.members.includes(person.id));
