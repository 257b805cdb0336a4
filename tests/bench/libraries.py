"""The floor of a start: Python with the libraries Muster stands on, and nothing of Muster."""

import threading

import aiohttp.web  # noqa: F401
import alembic.command  # noqa: F401
import apscheduler.schedulers.asyncio  # noqa: F401
import click  # noqa: F401
import httpx  # noqa: F401
import jinja2  # noqa: F401
import prometheus_client  # noqa: F401
import psycopg  # noqa: F401
import pydantic  # noqa: F401
import re2  # noqa: F401
import slack_bolt.adapter.socket_mode.aiohttp
import slack_bolt.async_app  # noqa: F401
import sqlalchemy  # noqa: F401
import uvloop  # noqa: F401
import yaml  # noqa: F401

if __name__ == "__main__":
    print("http://127.0.0.1:0", flush=True)
    threading.Event().wait()
