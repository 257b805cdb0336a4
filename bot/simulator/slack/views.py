"""What is open on people's screens: stacks of up to three modals, and home tabs.

https://docs.slack.dev/surfaces/modals
"""

import json
import time
from collections import defaultdict
from itertools import count
from secrets import token_hex
from typing import Any

from bot.simulator.slack import limits
from bot.simulator.slack.blocks import field_problems, view_blocks
from bot.simulator.slack.model import Json, View
from bot.simulator.slack.refusals import Refusal

DEEPEST = 3
"""Views in one stack."""


def definition(view: Any, surface: str) -> Json:
    """A view as the bot wrote it, checked; its blocks get the ids Slack gives."""
    written = json.dumps(view)
    if len(written) > limits.VIEW_BYTES:
        raise Refusal("view_too_large")
    if view.get("type") != surface:
        raise Refusal("invalid_arguments", f"must be {surface} [json-pointer:/view/type]")
    checked: Json = json.loads(written)
    checked["blocks"] = view_blocks(view.get("blocks"), surface)
    if surface == "modal":
        _check_modal(checked)
    return checked


def _check_modal(view: Json) -> None:
    problems = [*field_problems(view, limits.VIEW, "/view")]
    if not view.get("submit") and any(block["type"] == "input" for block in view["blocks"]):
        problems.append("missing required field: submit [json-pointer:/view]")
    if problems:
        raise Refusal("invalid_arguments", *problems)


class Views:
    """Every open view; the last of a stack is the one its user sees."""

    def __init__(self) -> None:
        self.stacks: dict[str, list[View]] = defaultdict(list)
        self.homes: dict[str, View] = {}
        self._numbers = count(1)

    def find(self, view_id: str, external_id: str = "") -> View:
        for view in self._all():
            if view.id == view_id or (external_id and view.definition.get("external_id") == external_id):
                return view
        raise Refusal("not_found")

    def open(self, user: str, view: Json) -> View:
        """A new stack in place of what was open."""
        checked = self._unclaimed(definition(view, "modal"))
        self.stacks[user].clear()
        return self._stacked(user, checked)

    def push(self, user: str, view: Json) -> View:
        """One more on the stack, three at most."""
        checked = self._unclaimed(definition(view, "modal"))
        if not self.stacks[user]:
            raise Refusal("not_found")
        if len(self.stacks[user]) == DEEPEST:
            raise Refusal("push_limit_reached")
        return self._stacked(user, checked)

    def update(self, shown: View, view: Json, expected_hash: str = "") -> View:
        """Rewrites a view in place; a stale hash is a `hash_conflict`."""
        if expected_hash and expected_hash != shown.hash:
            raise Refusal("hash_conflict")
        shown.definition = self._unclaimed(definition(view, shown.definition["type"]), besides=shown)
        shown.hash, shown.errors = _fresh_hash(), {}
        return shown

    def publish(self, user: str, view: Json, expected_hash: str = "") -> View:
        """The user's home tab."""
        home = self.homes.get(user)
        if home is not None:
            return self.update(home, view, expected_hash)
        self.homes[user] = self._new(user, definition(view, "home"))
        return self.homes[user]

    def close(self, shown: View, *, whole_stack: bool = False) -> None:
        stack = self.stacks[shown.user]
        del stack[0 if whole_stack else stack.index(shown) :]

    def _stacked(self, user: str, checked: Json) -> View:
        stack = self.stacks[user]
        view = self._new(user, checked)
        if stack:
            view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        return view

    def _new(self, user: str, checked: Json) -> View:
        view_id = f"V{next(self._numbers):07X}"
        return View(view_id, user, checked, _fresh_hash(), root_id=view_id)

    def _unclaimed(self, checked: Json, besides: View | None = None) -> Json:
        external_id = checked.get("external_id")
        taken = (view.definition.get("external_id") for view in self._all() if view is not besides)
        if external_id and external_id in taken:
            raise Refusal("duplicate_external_id")
        return checked

    def _all(self) -> list[View]:
        return [*(view for stack in self.stacks.values() for view in stack), *self.homes.values()]


def _fresh_hash() -> str:
    return f"{int(time.time())}.{token_hex(4)}"
