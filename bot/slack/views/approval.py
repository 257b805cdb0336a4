"""An approval that somebody is asked for: one message, edited in place, that says at any time how it stands."""

from bot.domain.approval import Answer, Approval, Question, verdict
from bot.slack.blocks import Json, actions, button, context, section
from bot.slack.mrkdwn import inline, link, web_address, when
from bot.slack.views.message import Message

MOST_VALUES, LONGEST = 6, 150
SURE = {
    "approve": "{client} goes on with {about}, in your name.",
    "decline": "{client} stops the delivery of {about}, in your name.",
}


def card(approval: Approval) -> Message:
    """One whose question was never heard has no card."""
    question, client = approval.question, inline(approval.client or approval.source, 60)
    if question is None:
        return Message(f"{client} no longer asks.")
    standing = _standing(approval, client)
    blocks = [
        section(f"*{client} asks for an approval*: {link(question.url, question.about)}", *_facts(question)),
        context(standing),
        *([actions(*_buttons(approval, question))] if approval.is_open else []),
    ]
    return Message(f"{client} asks for an approval of {inline(question.about)}. {standing}", blocks)


def _facts(question: Question) -> list[str]:
    places = {"Project": question.project, "Stage": question.stage, "Service": question.service}
    score = f", score {question.score}" if question.score else ""
    told = {"Result so far": f"{question.result}{score}", "Image": question.image}
    shown = list(question.values.items())
    lines = [" · ".join(f"*{name}*  {inline(said, 80)}" for name, said in places.items())]
    lines += [f"*{name}*  {inline(said, LONGEST)}" for name, said in told.items() if said]
    lines += [_value(name, said) for name, said in shown[:MOST_VALUES]]
    return lines + ([f"and {len(shown) - MOST_VALUES} more labels"] if len(shown) > MOST_VALUES else [])


def _value(name: str, said: str) -> str:
    """A label that is an address leads there."""
    return link(said, name, 40) if web_address(said) else f"{inline(name, 40)}: {inline(said, LONGEST)}"


def _standing(approval: Approval, client: str) -> str:
    answer, trouble = approval.answer, inline(approval.trouble, 300)
    if approval.over_at:
        return _over(approval, client)
    if answer is None:
        return f"⚠️ The last answer came to nothing: {trouble}" if trouble else "⏳ Waits for an answer"
    if answer.is_taken:
        return _said(answer)
    return f"{_said(answer)} · " + (f"⚠️ {trouble}; it is tried again" if trouble else f"telling {client}")


def _over(approval: Approval, client: str) -> str:
    """Who answered here is named as long as that is what counted."""
    answer, over_at = approval.answer, approval.over_at
    if answer and approval.approved in (answer.approved, None):
        return _said(answer)
    at = f", {when(over_at)}" if over_at else ""
    if approval.approved is None:
        return f"⚪ {client} waits for no answer any more{at}"
    return f"{'✅' if approval.approved else '⛔'} {verdict(approval.approved).capitalize()} in {client}{at}"


def _said(answer: Answer) -> str:
    lamp = "✅" if answer.approved else "⛔"
    return f"{lamp} {verdict(answer.approved).capitalize()} by {inline(answer.by.name, 60)}, {when(answer.at)}"


def _buttons(approval: Approval, question: Question) -> list[Json]:
    names = {"client": approval.client or approval.source, "about": question.about}
    sure = {verb: text.format(**names) for verb, text in SURE.items()}
    return [
        button("Approve", "approve", approval.id, style="primary", sure=sure["approve"]),
        button("Decline", "decline", approval.id, style="danger", sure=sure["decline"]),
    ]
