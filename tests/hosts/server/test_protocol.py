"""What page and server say to each other, word for word: ``tests/golden/lab-protocol.json``, which the page's tests read.

``NBTRACK_GOLDENS=rewrite`` writes it anew; look at the difference, and at ``labextension/src/protocol.ts``.
"""

import json
import os
from pathlib import Path
from typing import Any

import nbtrack
from nbtrack.hosts.server.desk import Desk, Rights
from nbtrack.hosts.server.welcome import welcome
from nbtrack.store.local import LocalStore

GOLDEN = Path(__file__).parents[2] / "golden" / "lab-protocol.json"
_TIMES = {"started": 1_795_000_000_000, "ended": 1_795_000_001_000, "duration": 1.0}


def conversation(store: LocalStore) -> list[dict[str, Any]]:
    """Say everything that a page may say, and keep what it is told."""
    said: list[dict[str, Any]] = []
    desk = Desk(
        store,
        "study.ipynb",
        lambda message: said[-1]["down"].append(json.loads(json.dumps(message))),
        Rights(write=True),
    )
    ids = [record(store, lr) for lr in (0.1, 0.2)]

    def say(up: dict[str, Any]) -> None:
        said.append({"up": up, "down": []})
        desk.receive(up)

    say({"do": "open", "channel": "panel", "ask": "", "detail": False})
    say({"do": "open", "channel": "tab", "ask": f"{ids[0]}", "detail": True})
    say({"do": "hello", "channel": "panel", "state": 0})
    say(
        {
            "do": "edit",
            "channel": "panel",
            "number": 1,
            "change": {"do": "tag", "run": ids[0], "key": "starred", "value": True},
        }
    )
    desk.step()
    say({"do": "edit", "channel": "panel", "number": 2, "change": {"do": "note", "run": "no such run", "text": "x"}})
    say({"do": "open", "channel": "bad", "ask": "metrics.f1 >"})
    say({"do": "seen", "seen": True})
    say({"do": "close", "channel": "tab"})
    say({"do": "ask", "number": 3, "what": "run", "run": ids[1]})
    say({"do": "ask", "number": 4, "what": "difference", "old": ids[0], "new": ids[1]})
    say({"do": "ask", "number": 5, "what": "cells", "cells": {"cell-1": "x = 1"}})
    say({"do": "ask", "number": 6, "what": "run", "run": "nosuchrun"})
    said.append({"up": {}, "down": [{**welcome(store, Rights(write=True)), "store": "a-store"}]})
    return normal(said, ids)


def record(store: LocalStore, lr: float) -> str:
    with nbtrack.start_run(f"lr {lr}", store=store, experiment="study", params={"lr": lr}) as opened:
        opened.log(f1=1 - lr)
    return opened.id


def normal(said: Any, ids: list[str]) -> Any:
    """Return the conversation without what is another each time: ids, times, places of the machine."""
    text = json.dumps(said)
    for at, run_id in enumerate(ids, 1):
        text = text.replace(run_id, f"20261121t10153{at}-aaaaaaa{at}").replace(run_id[-8:][:6], f"aaaaa{at}")
    return timeless(json.loads(text))


def timeless(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: [_TIMES[name]] * len(part) if name in _TIMES and isinstance(part, list) else timeless(part)
                for name, part in value.items()
                if name not in {"session", "about"}
            }
        case list():
            return [timeless(each) for each in value]
    return value


def test_page_and_server_speak_as_the_golden_conversation_does(tmp_path: Path) -> None:
    now = conversation(nbtrack.open_store(tmp_path / ".nbtrack"))
    for each in now:
        for down in each["down"]:
            columns = (down.get("payload") or {}).get("columns")
            if columns:
                down["payload"]["columns"] = [column for column in columns if column["space"] != "about"]
    if os.environ.get("NBTRACK_GOLDENS") == "rewrite":
        GOLDEN.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert now == json.loads(GOLDEN.read_text(encoding="utf-8"))
