"""Signing where every timeline ends, so that nobody can take anything back unseen."""

import asyncio
from datetime import UTC, datetime

from bot.domain.chain import stamp
from bot.domain.checkpoint import Signed, drafted
from bot.domain.job import Claim, Job, Priority
from bot.effects.world import Facts, World
from bot.proof.keys import Keys
from storage import Ends, Transaction


async def checkpoint(world: World, claim: Claim) -> Facts:
    """Nothing when no timeline has grown; a repeat therefore signs nothing twice. Of two replicas one is first.

    What no longer holds what the last checkpoint saw is not signed over: that is Refused, and stays so until somebody
    has looked.
    """
    ends = await world.database.read(lambda tx: tx.ends())
    if ends.grown and (keys := await asyncio.to_thread(world.keys)):
        signed = await asyncio.to_thread(_signed, keys, ends)
        await world.database.write(lambda tx: _kept(tx, signed, world.anchors.chosen))
    return []


def _signed(keys: Keys, ends: Ends) -> Signed:
    """By the key that is expected; when ours is another, the expected one says that ours signs from here on."""
    signer = ends.previous.checkpoint.signer_after if ends.previous else keys.current
    draft = drafted(
        ends.previous, ends.leaves, ends.grown, at=stamp(datetime.now(UTC)), key=signer,
        next_key=None if signer == keys.current else keys.current,
    )  # fmt: skip
    return Signed(draft, keys.sign(draft), tuple(ends.grown))


def _kept(tx: Transaction, signed: Signed, anchors: tuple[str, ...]) -> None:
    """An anchor takes what is newest when its turn comes, which holds all that came before."""
    if tx.keep_checkpoint(signed):
        for name in anchors:
            kind = f"anchor_in_{name}"
            tx.put(Job(kind, f"anchor/{name}", priority=Priority.COSMETIC, key=kind, collapses=True))
