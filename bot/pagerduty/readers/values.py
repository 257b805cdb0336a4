"""Custom field values: https://developer.pagerduty.com/docs/webhooks-overview#event-data-types"""

from typing import Any

from bot.pagerduty.reading import Members, NotUnderstood, clean


def new_values(data: Members) -> dict[str, str]:
    """Name → new value of what changed: `custom_fields` holds the new values, `changed_custom_fields` the old."""
    now = {name: _as_text(field.told.get("value")) for field in data.objects("custom_fields") if (name := _name(field))}
    changed = [name for field in data.objects("changed_custom_fields") if (name := _name(field))]
    values = {name: now.get(name, "nothing") for name in changed} or now
    if not values:
        raise NotUnderstood(f"{data.where('custom_fields')} is missing or names no field")
    return values


def _name(field: Members) -> str | None:
    return field.text("name") or field.text("display_name") or field.text("id")


def _as_text(value: Any) -> str:
    chosen = value if isinstance(value, list) else [value]
    return ", ".join(_one(each) for each in chosen) or "nothing"


def _one(value: Any) -> str:
    """PagerDuty documents text, numbers and truth values; what is nested deeper is only hinted at."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return clean(str(value)) or "nothing"
    return "nothing" if value is None else "(a structure)"
