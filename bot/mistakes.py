"""What is wrong with what the operator wrote, in words, and never the values: a secret may be among them."""

import yaml
from pydantic import ValidationError


def place(error: yaml.YAMLError) -> str:
    """Where and what, without the line itself: a secret may stand in it."""
    mark = getattr(error, "problem_mark", None)
    return f": line {mark.line + 1}: {getattr(error, 'problem', None)}" if mark else ""


PLAINLY = {
    "Extra inputs are not permitted": "is no word that is known here; the documents list those that are",
    "Field required": "is missing",
}
NAMED = {
    "slack_api_url": "SLACK_API_URL", "pagerduty_api_url": "PAGERDUTY_API_URL",
    "pagerduty_events_url": "PAGERDUTY_EVENTS_URL", "log": "MUSTER_LOG", "public_url": "MUSTER_PUBLIC_URL",
}  # fmt: skip


def in_words(error: ValidationError, where: str) -> str:
    """Each mistake under its name; the values that are wrong stay out of it."""
    mistakes = (
        (".".join(map(str, one["loc"])), PLAINLY.get(one["msg"], one["msg"].removeprefix("Value error, ")))
        for one in error.errors(include_input=False, include_url=False)
    )
    return f"{where} has mistakes. {'; '.join(f'{NAMED.get(name, name)}: {said}' for name, said in mistakes)}."
