"""Messages go out in order, long ones deflated, and a page that does not read is let go."""

import asyncio
import json
import random
import threading
import zlib
from typing import Any

import pytest

from nbtrack.hosts.server import outbox
from nbtrack.hosts.server.outbox import Outbox, encoded


class Page:
    """A page that reads when it is let."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.dropped = 0
        self.reads = asyncio.Event()

    async def write(self, message: str | bytes) -> None:
        await self.reads.wait()
        self.told.append(json.loads(zlib.decompress(message) if isinstance(message, bytes) else message))

    def drop(self) -> None:
        self.dropped += 1


async def settle(page: Page, count: int) -> None:
    for _ in range(2000):
        if len(page.told) >= count:
            return
        await asyncio.sleep(0.005)


def test_messages_of_any_length_come_in_the_order_in_which_they_were_told() -> None:
    async def talk() -> list[Any]:
        page = Page()
        box = Outbox(asyncio.get_running_loop(), page.write, page.drop)
        page.reads.set()

        def tell() -> None:
            for number in range(40):
                box.put({"number": number, "text": "x" * (number % 3 * outbox.LONG)})

        thread = threading.Thread(target=tell)
        thread.start()
        await settle(page, 40)
        thread.join()
        return [each["number"] for each in page.told]

    assert asyncio.run(talk()) == list(range(40))


@pytest.mark.parametrize(("limit", "value"), [("_ROOM", 1000), ("_MESSAGES", 10)])
def test_a_page_that_does_not_read_is_let_go_and_costs_no_more(monkeypatch: Any, limit: str, value: int) -> None:
    monkeypatch.setattr(outbox, limit, value)

    async def talk() -> tuple[int, int]:
        page = Page()
        box = Outbox(asyncio.get_running_loop(), page.write, page.drop)
        for number in range(500):
            box.put({"number": number})
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        page.reads.set()
        await asyncio.sleep(0)
        return page.dropped, len(box._waiting)

    assert asyncio.run(talk()) == (1, 0)


def test_what_is_told_when_the_server_has_ended_is_nobodys(recwarn: Any) -> None:
    loop = asyncio.new_event_loop()
    page = Page()
    box = Outbox(loop, page.write, page.drop)
    loop.close()
    box.put({"a": 1})
    box.put({"a": 2})
    assert page.told == []


def test_numbers_that_json_has_not_are_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encoded({"x": float("nan")})


def test_a_long_message_is_inflated_to_what_it_was_whether_it_repeats_itself_or_not() -> None:
    noise = random.Random(3).randbytes(300_000).hex()
    for text, most in ((noise, 0.6), ("def fit(data):\n" * 40_000, 0.02)):
        sent = encoded({"text": text})
        assert isinstance(sent, bytes)
        assert json.loads(zlib.decompress(sent)) == {"text": text}
        assert len(sent) < most * len(text)
