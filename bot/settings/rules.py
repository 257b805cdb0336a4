"""Parts of muster.yaml that are more than words and numbers: who may do what, and what the commands are called."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from bot.domain.policy import TABLE, WORDS, is_group

COMMANDS: tuple[Literal["incident", "change"], ...] = ("incident", "change")
COMMAND_NAME = re.compile(r"/[a-z0-9_-]{1,31}")  # https://docs.slack.dev/interactivity/implementing-slash-commands


def _rule(words: Any) -> tuple[str, ...]:
    """One word may stand alone."""
    rule = [words] if isinstance(words, str) else words
    if not isinstance(rule, Sequence) or not rule or not all(isinstance(word, str) for word in rule):
        raise ValueError("is one word, or a list of them")
    if unknown := [word for word in rule if word not in WORDS and not is_group(word)]:
        raise ValueError(f"{unknown[0]} is neither a user group (@handle) nor one of {', '.join(WORDS)}")
    if "nobody" in rule and len(rule) > 1:
        raise ValueError("nobody stands alone")
    return tuple(rule)


def _about_verbs(policy: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if unknown := [verb for verb in policy if verb not in TABLE]:
        raise ValueError(f"{unknown[0]} is no verb; there are {', '.join(TABLE)}")
    return policy


def _of_groups(names: list[str]) -> list[str]:
    if not all(map(is_group, names)):
        raise ValueError("a user group is written as @handle or as its id, S0123ABC")
    return names


def _callable(commands: dict[Any, list[str]]) -> dict[Any, list[str]]:
    names = [*(f"/{name}" for name in COMMANDS), *(name for further in commands.values() for name in further)]
    if wrong := [name for name in names if not COMMAND_NAME.fullmatch(name)]:
        raise ValueError(f"{wrong[0]} is no name Slack takes: / and at most 31 small letters, digits, - or _")
    if len(names) != len(set(names)):
        raise ValueError("a name stands here twice; /incident and /change are there anyway")
    return commands


Rules = Annotated[dict[str, Annotated[tuple[str, ...], BeforeValidator(_rule)]], AfterValidator(_about_verbs)]
Groups = Annotated[list[str], AfterValidator(_of_groups)]
CommandNames = Annotated[dict[Literal["incident", "change"], list[str]], AfterValidator(_callable)]


def every_name(further: Mapping[Any, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Each slash command with all its names, its own first: {"incident": ("/incident", "/inc"), …}."""
    return {name: (f"/{name}", *further.get(name, ())) for name in COMMANDS}
