"""What the browser asks for, read field by field."""

from typing import Any


class Impossible(Exception):
    """It cannot be done; the sentence is for the person at the page."""


class Asked:
    """A JSON object; a missing or odd field is `Impossible`."""

    def __init__(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise Impossible("The request is not a JSON object.")
        self._body: dict[str, Any] = body

    def text(self, name: str) -> str:
        """A string with something in it."""
        value = self._body.get(name)
        if not isinstance(value, str) or not value.strip():
            raise Impossible(f"Please give {name.replace('_', ' ')}.")
        return value

    def perhaps(self, name: str) -> str | None:
        """A string, or None when it is missing or empty."""
        return self.text(name) if self._body.get(name) else None

    def anything(self, name: str) -> Any:
        """A value whose shape the simulator itself checks."""
        return self._body.get(name)

    def flag(self, name: str) -> bool:
        return self._body.get(name) is True

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._body.get(name)
        if not isinstance(value, dict):
            raise Impossible(f"{name} is not an object.")
        return value
