"""A client that costs little: raw HTTP/1.1 over kept connections, in a process of its own.

python -m tests.bench.client URL SENDER CONNECTIONS [--seconds S | --each N]: as many at once as there are connections;
prints {"seconds", "milliseconds": [...], "statuses": {...}} of what was answered after the warm-up.
"""

import argparse
import asyncio
import collections
import json
import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import uvloop

from tests.bench.requests import SENDERS

WARM_UP = 0.2  # of the seconds
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """Sends the next request when the last one is answered, until `more` says no."""

    def __init__(self, requests: Iterator[bytes], heard: Callable[[float, int], bool]) -> None:
        self._requests, self._heard = requests, heard
        self._received = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self) -> None:
        request = next(self._requests)
        self._sent = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return
        self._received = b""
        if self._heard(time.perf_counter() - self._sent, int(head[9:12])):
            self.send()
        else:
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))


class Record:
    """Latencies and statuses; `until` is how long requests go on, `each` how many there are on each connection."""

    def __init__(self, connections: int, seconds: float, each: int) -> None:
        self._left = connections * each - connections if each else None
        self.began = time.perf_counter()
        self._counts_from, self._until = self.began + seconds * WARM_UP, self.began + seconds
        self.milliseconds: list[float] = []
        self.statuses: collections.Counter[int] = collections.Counter()

    def heard(self, seconds: float, status: int) -> bool:
        """Whether another request shall follow."""
        now = time.perf_counter()
        self.statuses[status] += 1
        if self._left is not None or now >= self._counts_from:
            self.milliseconds.append(seconds * 1000)
        if self._left is None:
            return now < self._until
        self._left -= 1
        return self._left >= 0

    def told(self) -> dict[str, object]:
        began = self.began if self._left is not None else self._counts_from
        statuses = {str(status): count for status, count in self.statuses.items()}
        return {"seconds": time.perf_counter() - began, "milliseconds": self.milliseconds, "statuses": statuses}


async def load(url: str, sender: str, connections: int, seconds: float, each: int) -> dict[str, object]:
    requests, place = SENDERS[sender](), urlsplit(url)
    loop = asyncio.get_running_loop()
    records: list[Record] = []

    def connection() -> Connection:
        return Connection(requests, lambda took, status: records[0].heard(took, status))

    where = place.hostname or "", place.port or 80
    made = [await loop.create_connection(connection, *where) for _ in range(connections)]
    records.append(Record(connections, seconds, each))
    for _, each_one in made:
        each_one.send()
    await asyncio.gather(*(each_one.done for _, each_one in made))
    return records[0].told()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("sender", choices=SENDERS)
    parser.add_argument("connections", type=int)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--each", type=int, default=0)
    asked = parser.parse_args()
    told = uvloop.run(load(asked.url, asked.sender, asked.connections, asked.seconds, asked.each))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
