"""Keptn's approval task: whether people are asked, what they are asked, and how it ended.

https://github.com/keptn/spec/blob/master/cloudevents.md#approval
"""

from collections.abc import Sequence

from bot.domain.approval import Outcome, Question
from bot.sources.adapter import Unmapped
from bot.sources.envelope import CloudEvent
from bot.sources.keptn_evaluation import score
from bot.sources.reading import Json, inner, text

TASK = "approval"


def is_for_people(data: Json) -> bool:
    """As Keptn's approval-service has it: what failed it declines, what is not marked automatic waits for somebody.
    https://github.com/keptn/keptn/tree/master/approval-service"""
    result = _result(data)
    return result != "fail" and (result is None or text(inner(data, TASK), result) != "automatic")


def _result(data: Json) -> str | None:
    """That of the event; where it has none, that of its evaluation."""
    return text(data, "result") or text(inner(data, "evaluation"), "result")


def question(event: CloudEvent, data: Json, place: Sequence[str], url: str | None) -> Question:
    project, stage, service = place
    context = event.extensions.get("shkeptncontext")
    if context is None:
        raise Unmapped("the attribute 'shkeptncontext' is missing or blank, by which an approval is answered")
    labels = inner(data, "labels")
    return Question(
        asked=event.id, context=context, project=project, stage=stage, service=service, result=_result(data) or "",
        score=score(data) or "", commit=event.extensions.get("gitcommitid", ""), url=url,
        image=text(inner(inner(data, "configurationChange"), "values"), "image") or "",
        values={name: said for name in labels if (said := text(labels, name))},
    )  # fmt: skip


def outcome(event: CloudEvent, data: Json, place: Sequence[str], result: str | None) -> Outcome | None:
    """`result`: of the task; None for one that was called off. The answer is None when it does not say what it ends."""
    asked, approved = event.extensions.get("triggeredid"), None if result is None else result != "fail"
    return Outcome(asked=asked, about="/".join(place), approved=approved) if asked else None
