"""Reads what Slack refused."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError


async def refused(call: Awaitable[Any]) -> dict[str, Any]:
    """The body of the refusal; fails when the call went through."""
    with pytest.raises(SlackApiError) as caught:
        await call
    body: dict[str, Any] = caught.value.response.data
    return body


async def error(call: Awaitable[Any]) -> str:
    return str((await refused(call))["error"])
