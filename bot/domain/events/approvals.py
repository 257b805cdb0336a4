"""What a source asks people to approve, and what became of it: on the timeline of the source."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from bot.domain.approval import Answer, Approval, Question, verdict
from bot.domain.events.signals import SourceEvent
from bot.domain.people import Actor


@dataclass(frozen=True, kw_only=True)
class ApprovalEvent(SourceEvent):
    """`approval`: which one, by our own name of it; `about`: project, stage and service."""

    approval: str
    about: str

    def move(self, approval: Approval) -> Approval:
        """The approval once this has happened."""
        raise NotImplementedError(self.kind)


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(ApprovalEvent):
    """The members are those of a Question."""

    kind: ClassVar[str] = "approval.requested"
    asked: str
    context: str
    result: str = ""
    score: str = ""
    commit: str = ""
    image: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    project: str
    stage: str
    service: str

    def text(self) -> str:
        score = f", score {self.score}" if self.score else ""
        after = f" after {self.result}{score}" if self.result else ""
        return f"{self.by.name} asks people to approve {self.about}{after}"

    def move(self, approval: Approval) -> Approval:
        """What people were asked once is what they answer: another question of the same name changes nothing."""
        if approval.question is not None:
            return approval
        question = Question(
            asked=self.asked, context=self.context, project=self.project, stage=self.stage, service=self.service,
            result=self.result, score=self.score, commit=self.commit, image=self.image, values=self.values,
            url=self.url,
        )  # fmt: skip
        return replace(approval, client=self.by.name, question=question)


@dataclass(frozen=True, kw_only=True)
class ApprovalShown(ApprovalEvent):
    kind: ClassVar[str] = "approval.shown"
    channel: str
    message_ts: str

    def text(self) -> str:
        return f"People are asked in Slack to approve {self.about}"

    def move(self, approval: Approval) -> Approval:
        return replace(approval, channel=self.channel, message_ts=self.message_ts)


@dataclass(frozen=True, kw_only=True)
class ApprovalNotShown(ApprovalEvent):
    """Slack did not take its card, or the card as it has to be now."""

    kind: ClassVar[str] = "approval.not_shown"
    reason: str

    def text(self) -> str:
        return f"Slack does not show how the approval of {self.about} stands: {self.reason}"

    def move(self, approval: Approval) -> Approval:
        return approval


@dataclass(frozen=True, kw_only=True)
class ApprovalAnswered(ApprovalEvent):
    """The first answer counts; the system has yet to hear it."""

    kind: ClassVar[str] = "approval.answered"
    approved: bool

    def text(self) -> str:
        return f"{self.by.name} {verdict(self.approved)} {self.about}"

    def move(self, approval: Approval) -> Approval:
        if not approval.is_open:
            return approval
        return replace(approval, answer=Answer(self.by, self.approved, self.at), trouble="")


@dataclass(frozen=True, kw_only=True)
class ApprovalTaken(ApprovalEvent):
    """The system has the answer."""

    kind: ClassVar[str] = "approval.taken"
    approved: bool
    asker: Actor

    def text(self) -> str:
        return f"{self.service_id} was told that {self.asker.name} {verdict(self.approved)} {self.about}"

    def move(self, approval: Approval) -> Approval:
        taken = replace(approval.answer, is_taken=True) if approval.answer else None
        return replace(approval, answer=taken, trouble="")


@dataclass(frozen=True, kw_only=True)
class ApprovalDelayed(ApprovalEvent):
    """The system cannot be told yet; it is tried again."""

    kind: ClassVar[str] = "approval.delayed"
    asker: Actor
    reason: str

    def text(self) -> str:
        return f"{self.asker.name}'s answer about {self.about} has to wait: {self.reason}"

    def move(self, approval: Approval) -> Approval:
        return replace(approval, trouble=self.reason)


@dataclass(frozen=True, kw_only=True)
class ApprovalDropped(ApprovalEvent):
    """The answer came to nothing. `is_over`: the system waits for none any more; else somebody may answer again."""

    kind: ClassVar[str] = "approval.dropped"
    asker: Actor
    reason: str
    is_over: bool = False

    def text(self) -> str:
        return f"{self.asker.name}'s answer about {self.about} came to nothing: {self.reason}"

    def move(self, approval: Approval) -> Approval:
        over_at = approval.over_at or (self.at if self.is_over else None)
        return replace(approval, answer=None, refused=approval.refused + 1, trouble=self.reason, over_at=over_at)


@dataclass(frozen=True, kw_only=True)
class ApprovalFinished(ApprovalEvent):
    """The system says how it ended, whoever answered. The first end counts, as it does there."""

    kind: ClassVar[str] = "approval.finished"
    approved: bool | None

    def text(self) -> str:
        was = "was " if self.approved is not None else ""
        return f"{self.by.name} says that {self.about} {was}{verdict(self.approved)}"

    def move(self, approval: Approval) -> Approval:
        if approval.over_at is not None:
            return approval
        return replace(approval, client=self.by.name, over_at=self.at, approved=self.approved)
