"""How a source that was made while Muster ran proves itself: by the kind of proof that its system is capable of."""

from collections.abc import Callable, Mapping

from bot.domain.source import Verification
from bot.sources.adapter import Adapter

KINDS: Mapping[str, Callable[[tuple[str, ...]], Verification]] = {
    "bearer": lambda secrets: Verification(bearer=secrets),
    "basic": lambda secrets: Verification(basic=tuple(f"muster:{one}" for one in secrets)),
    "token": lambda secrets: Verification(token=secrets),
    "routing_key": lambda secrets: Verification(routing_key=secrets),
    "header": lambda secrets: Verification(header=("X-Source-Token", secrets)),
}


def proof_of(adapter: Adapter) -> str:
    """The word for it; a kind that nobody knows how to make is replaced by a bearer token."""
    return adapter.proof if adapter.proving or adapter.proof in KINDS else "bearer"


def proving(adapter: Adapter, secrets: tuple[str, ...]) -> Verification:
    """Without secrets nobody is believed."""
    made = adapter.proving or KINDS[proof_of(adapter)]
    return made(secrets) if secrets else Verification()
