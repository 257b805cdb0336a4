/** What arrived where: change events in PagerDuty, webhooks at the bot. */
import { h, icon } from "./dom.js";
import { ago } from "./dates.js";
import { link } from "./mrkdwn.js";

export const changeItems = (state) =>
  state.changes.map((change) => ({
    key: `change ${change.id}`,
    signature: JSON.stringify(change) + ago(new Date(change.at)),
    make: () =>
      h(
        "article",
        { class: "arrival" },
        icon("change"),
        h(
          "div",
          {},
          h("strong", {}, change.summary),
          h("p", {}, [change.service, change.source, ago(new Date(change.at))].filter(Boolean).join(" · ")),
          change.links.length
            ? h(
                "p",
                {},
                change.links.map((each) => [link(each.href ?? "", each.text ?? ""), " "]),
              )
            : null,
          details(change.details),
        ),
      ),
  }));

function details(facts) {
  const pairs = Object.entries(facts ?? {});
  if (!pairs.length) return null;
  const words = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  return h(
    "details",
    { class: "more" },
    h("summary", {}, "Details"),
    h(
      "dl",
      {},
      pairs.map(([name, value]) => [h("dt", {}, name), h("dd", {}, words(value))]),
    ),
  );
}

export const deliveryItems = (state) =>
  state.deliveries.map((delivery) => ({
    key: `delivery ${delivery.id}`,
    signature: JSON.stringify(delivery),
    make: () =>
      h(
        "article",
        { class: `delivery ${delivery.outcome.replaceAll(" ", "-")}` },
        h("code", {}, delivery.event),
        delivery.number ? h("span", { class: "number" }, `#${delivery.number}`) : null,
        h("span", { class: "outcome", title: delivery.answer }, outcome(delivery)),
      ),
  }));

function outcome({ outcome: word, status, tries, ms }) {
  if (!tries) return word;
  const answered = status === null ? "no answer" : String(status);
  const again = tries > 1 ? ` · ${tries} tries` : "";
  return `${answered}${again} · ${ms} ms${word === "delivered" ? "" : ` · ${word}`}`;
}
