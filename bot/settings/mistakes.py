"""What is wrong with what the operator wrote, in words, and never the values: a secret may be among them."""

import yaml
from pydantic import ValidationError


def place(error: yaml.YAMLError) -> str:
    """Where and what, without the line itself: a secret may stand in it."""
    mark = getattr(error, "problem_mark", None)
    return f": line {mark.line + 1}: {getattr(error, 'problem', None)}" if mark else ""


PLAINLY = {
    "extra_forbidden": "is no word that is known here; the documents list those that are",
    "missing": "is missing",
    "model_type": "must hold names with values",
    "dict_type": "must hold names with values",
    "list_type": "must be a list",
    "string_type": "must be text; put it in quotes",
    "string_pattern_mismatch": "is empty, or holds blanks or letters that it cannot have",
}
"""By pydantic's word for the mistake: https://docs.pydantic.dev/latest/errors/validation_errors/"""
NAMED = {
    "slack_api_url": "SLACK_API_URL", "pagerduty_api_url": "PAGERDUTY_API_URL",
    "pagerduty_events_url": "PAGERDUTY_EVENTS_URL", "log": "MUSTER_LOG", "public_url": "MUSTER_PUBLIC_URL",
}  # fmt: skip


def in_words(error: ValidationError, where: str) -> str:
    """Each mistake under its name; the values that are wrong stay out of it."""
    mistakes = (
        (".".join(map(str, one["loc"])), PLAINLY.get(one["type"], one["msg"].removeprefix("Value error, ")))
        for one in error.errors(include_input=False, include_url=False)
    )
    return f"{where} has mistakes. {'; '.join(f'{NAMED.get(name, name)}: {said}' for name, said in mistakes)}."
