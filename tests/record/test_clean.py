"""No secret reaches a store, through whatever text, name or cut it may come."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.hosts.cli import run_line
from nbtrack.record.clean import CleanWriter, annotate
from nbtrack.record.start import beginning, within


class Planted:
    """Generated tokens by where they were planted."""

    def __init__(self) -> None:
        self.by_place: dict[str, str] = {}
        self._random = random.Random(7)

    def __call__(self, place: str) -> str:
        letters = "".join(self._random.choices(string.ascii_letters + string.digits, k=36))
        self.by_place[place] = "gh" + "p_" + letters
        return self.by_place[place]

    def found_in(self, folder: Path) -> dict[str, str]:
        """Return where tokens, or tell-tale parts of them, are in files or their names: raw, or escaped as JSON."""
        files = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
        text = {name: name.encode() + (path.read_bytes() if path.is_file() else b"") for name, path in files.items()}
        parts = {place: (token[4:20], token[12:28], token[24:]) for place, token in self.by_place.items()}
        return {
            place: name
            for place, pieces in parts.items()
            for name, content in text.items()
            if any(piece.encode() in content or json.dumps(piece)[1:-1].encode() in content for piece in pieces)
        }


@pytest.fixture
def plant() -> Planted:
    return Planted()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "s"
    within(None)


def test_no_string_of_the_api_brings_a_secret_into_the_store(plant: Planted, home: Path, tmp_path: Path) -> None:
    class Thing:
        def __init__(self, **attributes: object) -> None:
            self.__dict__.update(attributes)

    file = tmp_path / plant("artifact's own name")
    file.write_text("weights")
    within(plant("notebook as experiment"))
    with nbtrack.start_run(plant("run name"), store=home) as opened:
        opened.log({plant("metric"): 1.0, plant("metric of int"): 1, "x" * 600 + plant("long metric"): 1.0})
        for _ in range(3):
            opened.log({plant.by_place["metric"]: 1.0}, step=2)
        opened.log(m=plant("described metric"), n={plant("inner metric"): 0.5}, o=[plant("list metric")])
        opened.log(m=1.0, step=plant("step"))  # type: ignore[arg-type]
        opened.log_params({plant("param"): plant("param value"), "x" * 500 + plant("param cut at 512"): 1})
        opened.log_params(a=[{"x": plant("nested")}], c={1: plant("map")}, d={plant("nested name"): 1})
        opened.log_params(b=plant("bytes").encode(), e=b"y" * 40 + plant("bytes cut at 64").encode() + b"z" * 99)
        opened.log_params(big="q" * 1000 + " " + plant("text cut at 1024") + " " + "w" * 40_000)
        opened.log_params(big_password="q" * 1000 + " " + plant("text under a secret name") + " " + "w" * 40_000)
        opened.log_params(
            thing=Thing(url="https://u:" + plant("attribute") + "@h/x", long="x" * 40 + plant("cut at 60"))
        )
        opened.log_params(kind=type("x" * 180 + plant("class name cut at 200"), (), {}))
        opened.set_tags({plant("tag"): plant("tag value")})
        opened.record_params({"p": 1, "q": 2}, {"p": plant("source"), plant("source of nothing"): "x"})
        opened.record_metrics({plant("captured metric"): 0.5}, {plant("captured series"): plant("captured source")})
        opened.writer.point({plant("captured point"): 0.5}, None)
        opened.record("cell", {"source": "x", "id": plant("cell id"), "line": plant("line"), plant("member"): 1})
        opened.record("cell", {"source": plant("big cell") + "\n" + "x = 1\n" * 300_000})
        opened.note("n" * 131_050 + plant("note cut") + "n" * 2_000_000)
        opened.warn(plant("warning"))
        opened.log_artifact(file)
        opened.log_artifact(file, plant("artifact name"))
        opened.log_artifact(tmp_path / plant("missing artifact"))
        opened.fail(type(plant("class of error"), (Exception,), {})(plant("message")), plant("trace"))
    assert plant.found_in(home) == {}
    assert opened.redactions > 20


@pytest.mark.parametrize("length", range(1950, 2010, 7))
def test_a_secret_in_an_error_is_gone_before_the_message_is_cut(plant: Planted, home: Path, length: int) -> None:
    with pytest.raises(ValueError, match="y"), nbtrack.start_run(store=home):
        raise ValueError("y" * length + " " + plant("message"))
    assert plant.found_in(home) == {}


@pytest.mark.parametrize("length", range(15_950, 16_010, 7))
def test_a_secret_in_a_traceback_is_gone_before_it_is_cut(plant: Planted, home: Path, length: int) -> None:
    with pytest.raises(ValueError, match="z"), nbtrack.start_run(store=home):
        raise ValueError(plant("trace") + " " + "z" * length)
    assert plant.found_in(home) == {}


def test_a_private_key_around_a_cut_is_gone_whole(home: Path) -> None:
    lines = ["".join(random.Random(number).choices(string.ascii_letters, k=64)) for number in range(60)]
    pem = "-----BEGIN RSA PRIVATE " + "KEY-----\n" + "\n".join(lines) + "\n-----END RSA PRIVATE " + "KEY-----"
    with pytest.raises(ValueError, match="BEGIN"), nbtrack.start_run(store=home) as opened:  # noqa: PT012 - the exception passes through all of it
        opened.log_params(pem="u" * 900 + pem + "k" * 40_000)
        raise ValueError(pem + "\n" + "k " * 7000)
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert [line for line in lines if line[:20].encode() in stored] == []


def test_the_start_of_a_run_has_no_secrets(plant: Planted, home: Path) -> None:
    store = nbtrack.open_store(home)
    start: dict[str, Any] = {"notebook": f"/x/run_{plant('path')}.ipynb", "session": plant("session")}
    start |= {"name": "x" * 500 + plant("name cut"), "experiment": plant("experiment"), "hardware": {plant("cpu"): 1}}
    beginning(store, start)("20261121t101530-7k3m9q2x").close("finished", 1.0)
    assert plant.found_in(home) == {}


def test_later_changes_have_no_secrets(plant: Planted, home: Path) -> None:
    store = nbtrack.open_store(home)
    with nbtrack.start_run(store=store) as opened:
        opened.log(loss=1.0)
    lines = [
        f"tag {opened.id} -d {plant('removed')}",
        f"tag {opened.id} a={plant('value')} {plant('name')}=1",
        f"note {opened.id} see {plant('note')} there",
    ]
    assert [run_line(line, store) for line in lines] == [0, 0, 0]
    annotate(store, opened.id, "tags", {"b": plant("annotated")})
    assert plant.found_in(home) == {}
    run = nbtrack.run(opened.id, store=store)
    assert run.tags == {"a": "[redacted:github]", "[redacted:github]": "1", "b": "[redacted:github]"}
    assert run.note == "see [redacted:github] there"


def test_two_secret_names_stay_two_and_one_stays_one(plant: Planted, home: Path) -> None:
    one, two = plant("one"), plant("two")
    with nbtrack.start_run(store=home) as opened:
        for step in range(3):
            opened.log({one: 1.0 + step, two: 2.0 + step})
        opened.record_metrics({}, {two: "tee"})
        opened.log_params({one: "first", two: "second"})
        opened.log_params({one: "changed"})
    run = nbtrack.run(opened.id, store=home)
    assert run.metrics == {"[redacted:github]": 3.0, "[redacted:github]_2": 4.0}
    assert run.params == {"[redacted:github]": "changed", "[redacted:github]_2": "second"}
    assert dict(run.sources["metrics"]) == {"[redacted:github]_2": "tee"}
    assert run.history("[redacted:github]_2").values == (2.0, 3.0, 4.0)


def test_names_without_secrets_take_the_short_way(home: Path) -> None:
    with nbtrack.start_run(store=home) as opened:
        opened.log({"loss": 1.0, "https://me:hunter2@example.org/x": 1.0})
        assert isinstance(opened.writer, CleanWriter)
        assert opened.writer.plain == {"loss"}


def test_a_run_says_how_many_secrets_were_kept_out_even_when_it_is_killed(plant: Planted, home: Path) -> None:
    store = nbtrack.open_store(home)
    opened = nbtrack.start_run(plant("name"), store=store, tags={"a": plant("tag")})
    opened.log({plant("metric"): 1.0, "loss": 1.0})
    opened.log({plant.by_place["metric"]: 2.0})
    opened.keep("out", f"{plant('output')} {plant('more')}")
    assert store.read(opened.id).get("redactions") == 5  # the run has not ended
    opened.finish()
    annotate(store, opened.id, "note", plant("later"))
    assert nbtrack.run(opened.id, store=store).redactions == 6


def test_a_run_without_secrets_counts_none(home: Path) -> None:
    with nbtrack.start_run("plain", store=home) as opened:
        opened.log_params(tokenizer="bert", num_tokens=3)
    run = nbtrack.run(opened.id, store=home)
    assert (run.redactions, "redactions" in run.document) == (0, False)


def test_a_source_that_was_plain_is_secret_as_soon_as_another_of_the_same_record_gives_it_away(home: Path) -> None:
    with nbtrack.start_run("r", store=home) as opened:
        opened.record_params({"p": 1, "q": 2}, {"p": "literal", "q": "t5Rk9wNc3Jb8"})
        opened.record_params({"p": 1, "q": 2}, {"p": "git clone https://me:t5Rk9wNc3Jb8@host", "q": "t5Rk9wNc3Jb8"})
    assert "t5Rk" not in str(nbtrack.run(opened.id, store=home).sources["params"])
    assert nbtrack.run(opened.id, store=home).redactions == 2
