"""The front end and ``%diff`` say the same of the same two runs: their sentences and the order of what differs."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import ObjectMissing
from nbtrack.model.run import Run
from nbtrack.query.compare import TITLES, diff, listed
from nbtrack.view.diff_sentence import RULE, diff_sentence
from nbtrack.view.payload import PAGE, comparison_payload

_ASK = Path(__file__).with_name("ask_diffs.mjs")
_SECTIONS = ("params", "source", "data", "slice", "seeds", "environment", "code", "hardware", "tags")


class Shelf:
    """Environments by their names."""

    def read(self, name: str) -> bytes:
        if not name.startswith("env"):
            raise ObjectMissing(name)
        return json.dumps(
            {"packages": {"numpy": name, "same": "1", **({"extra": "1"} if name == "env2" else {})}}
        ).encode()

    def paths(self, name: str) -> tuple[str, ...]:
        raise ObjectMissing(name)

    def save(self, name: str, to: object, *, folder: bool) -> None:
        raise ObjectMissing(name)


def _members(rng: random.Random) -> dict[str, Any]:
    """Return a run in which most things are one of a few."""
    pick: Callable[..., Any] = lambda *values: rng.choice(values)  # noqa: E731 - short for what is written ten times
    params = {
        "lr": pick(0.1, 0.01, 1e-7),
        "depth": pick(7, 8, None),
        "kernel": pick("rbf", "linear"),
        "on": rng.choice([True, 1]),
        "random_state": pick(1, 42),
    }
    return {
        "name": pick("svc", "svc", "forest"),
        "params": {name: value for name, value in params.items() if rng.random() < 0.9},
        "metrics": {
            name: pick(0.5, 0.25, 3, 1234567.25) for name in ("epoch", "train_loss", "loss", "f1") if rng.random() < 0.7
        },
        "tags": pick({}, {"team": "a"}, {"team": "b"}),
        "cell": pick(None, {"source": "fit(1)"}, {"source": "fit(2)\nend"}),
        "data": pick([], [{"path": "a.csv", "sha256": pick("1", "2") * 64, "size": 3}]),
        "code": pick(None, {"commit": pick("a", "b") * 40, "dirty": rng.random() < 0.5}),
        "environment": pick(
            None,
            {
                "python": pick("3.12", "3.13"),
                "sha256": pick("env1", "env2"),
                "os": pick("Linux", "macOS"),
                "rng": {"numpy": pick("seeded 1", "unseeded")},
            },
        ),
        "hardware": pick({}, {"cores": pick(2, 8)}),
        "slice": pick({"executions": [{"n": 1, "source": pick("x", "y")}, {"n": 2, "source": "own"}], "verdicts": []}),
    }


@pytest.fixture(scope="module")
def node() -> str:
    return shutil.which("node") or pytest.skip("node is not installed; the front end is not tested")


def test_python_and_the_front_end_say_the_same(node: str, make_run: Callable[..., Run]) -> None:
    rng = random.Random(5)
    pairs = [[replace(make_run(n, **_members(rng)), _kept=Shelf()) for n in (2 * k, 2 * k + 1)] for k in range(300)]
    payloads = [comparison_payload(pair, budget=PAGE) for pair in pairs]
    asked = subprocess.run(
        [node, _ASK], input=json.dumps(payloads), capture_output=True, text=True, timeout=60, check=False
    )
    assert asked.returncode == 0, asked.stderr
    answers = json.loads(asked.stdout)
    assert answers["rule"] == RULE
    for (a, b), answer in zip(pairs, answers["pairs"], strict=True):
        assert answer == _python(a, b)


def _python(a: Run, b: Run) -> dict[str, Any]:
    found = diff(a, b, Shelf().read)
    changed = [section for section in _SECTIONS if not found.same(section)]
    return {
        "sentence": diff_sentence(found),
        "changed": [TITLES.get(section, section) for section in changed],
        "absent": list(
            found.absent if found.recorded("metrics") else [name for name in found.absent if name != "metrics"]
        ),
        "params": [change.name for change in listed(found, "params")],
    }
