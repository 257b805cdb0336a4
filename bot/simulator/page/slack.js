/** The left side: Slack as one person sees it. */
import { announce, watch } from "./state.js";
import { find, h, keyed } from "./dom.js";
import { emptiness, showBookmarks, showHead } from "./channel.js";
import { reply, showComposer, startComposer } from "./composer.js";
import { isNews, messageItems, spoken } from "./messages.js";
import { showModal, startModal } from "./modal.js";
import { namesIn } from "./people.js";
import { showPersona, showRooms } from "./rooms.js";

const NEAR = 120;
let latest = { channel: "", ts: "" };

export function startSlack() {
  startComposer();
  startModal();
  find("conversation").addEventListener("click", closeDrawer, true);
  addEventListener("keydown", (event) => event.key === "Escape" && closeDrawer());
}

/** On a narrow screen the sidebar lies over the conversation; a tap beside it puts it away. */
function closeDrawer(event) {
  if (!document.body.classList.contains("drawer") || event?.target.closest(".drawer-button")) return;
  document.body.classList.remove("drawer");
}

export function showSlack(slack) {
  const names = namesIn(slack, (channel) => watch({ channel }));
  showRooms(find("rooms"), slack);
  showPersona(find("persona"), slack);
  showHead(find("room-head"), slack, names);
  showBookmarks(find("bookmarks"), slack.channel, names);
  showMessages(slack, names);
  showComposer(slack);
  showModal(slack.view, names);
}

function showMessages(slack, names) {
  const scroll = find("scroll");
  const { channel } = slack;
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  const again = () => showMessages(slack, names);
  const items = channel ? messageItems(slack, names, { again, reply }) : [];
  keyed(find("messages"), items.length ? items : [beginning(slack)]);
  const another = latest.channel !== channel?.id;
  const fresh = channel?.messages.filter((message) => message.ts > latest.ts) ?? [];
  if (!another) fresh.filter(isNews).forEach((message) => announce(spoken(message, slack)));
  if (another || (fresh.length && atEnd)) scroll.scrollTop = scroll.scrollHeight;
  latest = { channel: channel?.id, ts: channel?.messages.at(-1)?.ts ?? "" };
}

function beginning(slack) {
  return {
    key: "beginning",
    signature: String(slack.channel?.id),
    make: () => h("li", { class: "beginning" }, emptiness(slack)),
  };
}
