"""First door, inside: what was answered is kept for a while, so that the same request again is told the same."""

import json

from commands import Reply, WrongField
from storage import Transaction


def is_new(tx: Transaction, request: str, answer: str = "{}") -> bool:
    """Whether this request was not heard before; then `answer` is kept as what it was told."""
    if not request:
        return True
    if tx.hear(request) is not None:
        return False
    tx.answered(request, answer)
    return True


def kept(reply: Reply, field: str | None = None) -> str:
    """A reply as it is stored; `field`: of a form, the one it objects to."""
    said = {"text": reply.text, "blocks": list(reply.blocks), "to_all": reply.to_all, "quiet": reply.quiet}
    return json.dumps(said if field is None else {**said, "field": field})


def again(said: str) -> Reply:
    """Raises WrongField where a form was objected to."""
    told = json.loads(said)
    if field := told.pop("field", None):
        raise WrongField(field, told["text"])
    return Reply(**told)
