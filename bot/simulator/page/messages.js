/** The messages of a channel: said by people and the app, whispered to one person, or noted by Slack itself. */
import { attempt, slackbotLines, toast, watched } from "./state.js";
import { h, icon } from "./dom.js";
import { blocks } from "./blocks.js";
import { clock, day, fromSeconds, full } from "./dates.js";
import { emoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar, badge } from "./people.js";

const TOGETHER = 300;
const QUICK = ["eyes", "white_check_mark", "+1"];
const dismissed = new Set();

/** What `keyed` needs to show a channel, oldest first; `again` shows it anew, `reply` answers in a thread. */
export function messageItems(slack, names, { again, reply }) {
  const channel = slack.channel;
  const ours = slackbotLines.filter((line) => line.user === slack.me && line.channel === channel.id);
  const all = [...channel.messages, ...ours.map((line) => ({ ...line, user: "slackbot", ephemeral: true, blocks: [] }))]
    .filter((message) => !dismissed.has(message.ts))
    .sort((one, other) => (one.ts < other.ts ? -1 : 1));
  const replies = Map.groupBy ? Map.groupBy(all, (message) => message.parent) : grouped(all);
  const context = { slack, names, again, reply, channel };
  const items = [];
  let before = null;
  for (const message of joinedTogether(all.filter((each) => !each.parent))) {
    const today = day(fromSeconds(message.ts));
    if (!before || day(fromSeconds(before.ts)) !== today) items.push(divider(today));
    const alone = !before || !follows(before, message) || items.at(-1).divides;
    const answers = replies.get(message.ts) ?? [];
    items.push(item(message, answers, alone, context));
    before = message;
  }
  return items;
}

function grouped(all) {
  const by = new Map();
  for (const message of all) by.set(message.parent, [...(by.get(message.parent) ?? []), message]);
  return by;
}

const divider = (text) => ({
  key: `day ${text}`,
  signature: text,
  divides: true,
  make: () => h("li", { class: "day", role: "separator" }, h("span", {}, text)),
});

function item(message, answers, alone, context) {
  const signature = JSON.stringify([message, answers, alone, context.channel.archived, context.slack.me]);
  const make = () => (message.subtype ? systemLine(message, context) : shown(message, answers, alone, context));
  return { key: message.ts, signature, make };
}

/** Whether a message stands under the same face as the one before it. */
function follows(before, message) {
  const same = before.user === message.user && !before.subtype && !message.subtype;
  return same && !before.ephemeral && !message.ephemeral && !message.pinned && message.ts - before.ts < TOGETHER;
}

/** People who joined one after the other become one line. */
function joinedTogether(messages) {
  const lines = [];
  for (const message of messages) {
    const last = lines.at(-1);
    const joins = /^(channel|group)_join$/.test(message.subtype ?? "");
    if (joins && last?.joiners) lines[lines.length - 1] = { ...last, joiners: [...last.joiners, message.user] };
    else lines.push(joins ? { ...message, joiners: [message.user] } : message);
  }
  return lines;
}

function systemLine(message, { names }) {
  const who = (id) => names.person(id) ?? id;
  const people = new Intl.ListFormat("en").format((message.joiners ?? [message.user]).map(who));
  const said = message.joiners
    ? [" joined"]
    : [" ", mrkdwn(message.text, names).flatMap((part) => [...part.childNodes])];
  return h("li", { class: "system" }, h("strong", {}, people), said, h("time", {}, clock(fromSeconds(message.ts))));
}

function shown(message, answers, alone, context) {
  const person = author(message, context.slack);
  const kinds = ["message", alone ? "" : "follows", message.pinned ? "pinned" : "", message.ephemeral ? "whisper" : ""];
  return h(
    "li",
    { class: kinds.filter(Boolean).join(" ") },
    h(
      "div",
      { class: "gutter" },
      alone ? avatar(person.real_name, person.kind) : h("time", {}, clock(fromSeconds(message.ts))),
    ),
    h(
      "article",
      { class: "said", "aria-label": `${person.real_name}, ${clock(fromSeconds(message.ts))}` },
      message.pinned ? h("p", { class: "flag" }, icon("pin"), "Pinned") : null,
      message.ephemeral ? h("p", { class: "flag" }, icon("eye"), "Only visible to you") : null,
      alone ? byline(message, person) : null,
      body(message, context),
      reactions(message, context),
      answers.length ? thread(answers, context) : null,
      message.ephemeral ? dismissal(message, context) : null,
    ),
    message.ephemeral || context.channel.archived ? null : tools(message, context),
  );
}

function author(message, slack) {
  if (message.user === "slackbot") return { real_name: "Slackbot", kind: "slackbot" };
  return slack.people.find((person) => person.id === message.user) ?? { real_name: message.user, kind: "member" };
}

function byline(message, person) {
  const at = fromSeconds(message.ts);
  return h(
    "header",
    {},
    h("strong", {}, person.real_name),
    badge(person.kind),
    h("time", { datetime: at.toISOString(), title: full(at) }, clock(at)),
    message.edited ? h("small", { class: "edited" }, "(edited)") : null,
  );
}

function body(message, { names, channel, slack }) {
  const press = async (actionId, value) => {
    const pressed = { user: slack.me, channel: channel.id, ts: message.ts, action_id: actionId, value };
    const came = await attempt("press", pressed);
    if (came?.trouble) toast(came.trouble);
  };
  const content = message.blocks?.length ? blocks(message.blocks, { names, use: press }) : mrkdwn(message.text, names);
  return h("div", { class: "body" }, content);
}

function reactions(message, context) {
  const given = Object.entries(message.reactions ?? {});
  if (!given.length) return null;
  return h(
    "div",
    { class: "reactions" },
    given.map(([name, users]) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(users.includes(context.slack.me)),
          title: users.map((id) => context.names.person(id) ?? id).join(", "),
          "data-focus": `react-${name}`,
          onclick: () => react(message, name, context),
        },
        emoji(name) ?? `:${name}:`,
        ` ${users.length}`,
      ),
    ),
  );
}

const react = (message, name, { slack, channel }) =>
  attempt("react", { user: slack.me, channel: channel.id, ts: message.ts, emoji: name });

function thread(answers, context) {
  const count = `${answers.length} ${answers.length === 1 ? "reply" : "replies"}`;
  return h(
    "details",
    { class: "thread", open: true },
    h("summary", {}, count),
    h(
      "ol",
      {},
      answers.map((answer) => shown({ ...answer, pinned: false }, [], true, { ...context, inThread: true })),
    ),
  );
}

function dismissal(message, { again }) {
  const dismiss = () => (dismissed.add(message.ts), again());
  return h("button", { type: "button", class: "plain", onclick: dismiss }, "Dismiss message");
}

function tools(message, context) {
  const one = (name) =>
    h(
      "button",
      {
        type: "button",
        "aria-label": `React with ${name.replaceAll("_", " ")}`,
        onclick: () => react(message, name, context),
      },
      emoji(name),
    );
  const answer = h(
    "button",
    { type: "button", "aria-label": "Reply in thread", onclick: () => context.reply(message) },
    icon("reply"),
  );
  return h(
    "div",
    { class: "tools", role: "group", "aria-label": "Message actions" },
    QUICK.map(one),
    context.inThread ? null : answer,
  );
}

/** The text a screen reader is told when a message arrives. */
export const spoken = (message, slack) => `${author(message, slack).real_name}: ${message.text}`;

/** Whether it is worth saying: not one's own, not in the past. */
export const isNews = (message) => !message.subtype && message.user !== watched.user;
