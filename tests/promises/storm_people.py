"""People who ask while it storms: `python -m tests.promises.storm_people URL EVERY` asks `/incident list` every so many
seconds until its input ends, and prints {"milliseconds": [...], "statuses": [...]}."""

import asyncio
import json
import re
import sys
import time
from urllib.parse import urlsplit

import uvloop

from tests.bench.requests import slack

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


async def ask(url: str, every: float) -> dict[str, list[float]]:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    said: dict[str, list[float]] = {"milliseconds": [], "statuses": []}
    for request in slack():
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        took = time.perf_counter() - began
        said["milliseconds"].append(took * 1000)
        said["statuses"].append(int(head[9:12]))
        if ended.done():
            break
        await asyncio.wait([ended], timeout=max(0.0, every - took))
    writer.close()
    return said


if __name__ == "__main__":
    print(json.dumps(uvloop.run(ask(sys.argv[1], float(sys.argv[2])))))
