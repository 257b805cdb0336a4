/** Who is who: names by id, and faces without pictures. */
import { h, picture } from "./dom.js";

const HUES = ["plum", "teal", "amber", "rose", "blue", "moss"];

/** Names of people, groups and channels by id, for mentions; `go` leads to a channel. */
export function namesIn(slack, go) {
  const by = (list, name) => new Map(list.map((each) => [each.id, each[name]]));
  const people = by(slack.people, "real_name");
  const groups = by(slack.groups, "handle");
  const channels = by(slack.channels, "name");
  return {
    people: slack.people,
    channels: slack.channels,
    person: (id) => people.get(id),
    group: (id) => groups.get(id),
    channel: (id) => channels.get(id),
    go,
  };
}

/** A coloured tile with initials; the app has its mark. It is decoration: the name stands beside it. */
export function avatar(name, kind = "member") {
  if (kind === "app") return h("span", { class: "avatar app", "aria-hidden": "true" }, mark());
  if (kind === "slackbot")
    return h("span", { class: "avatar slackbot", "aria-hidden": "true" }, picture("icons", "bot"));
  const initials = name
    .split(/\s+/)
    .map((word) => [...word][0] ?? "")
    .join("")
    .slice(0, 2)
    .toUpperCase();
  return h("span", { class: `avatar ${hue(name)}`, "aria-hidden": "true" }, initials);
}

const mark = () => h("img", { src: "/page/files/mark.svg", alt: "" });

function hue(name) {
  const sum = [...name].reduce((total, letter) => (total * 31 + letter.codePointAt(0)) % 9973, 7);
  return HUES[sum % HUES.length];
}

const BADGES = { app: "APP", guest: "GUEST", outsider: "EXTERNAL" };

/** What Slack writes beside the names of those who are not simply members. */
export const badge = (kind) => (BADGES[kind] ? h("span", { class: "kind" }, BADGES[kind]) : null);
