"""Runs are searched for secrets once more before they leave as a file."""

import json
import random
import string
import warnings
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nbtrack.errors import ObjectMissing
from nbtrack.export.page import write_comparison
from nbtrack.export.shareable import shareable
from nbtrack.model.run import Run

MakeRun = Callable[..., Run]
SECRET = "".join(random.Random(3).choices(string.ascii_letters + string.digits, k=30))


def leaking(make_run: MakeRun, number: int = 1) -> Run:
    """A run of a store that an older or another program wrote without redacting."""
    return make_run(
        number,
        {f"loss of {SECRET}": [3.0, 2.0, 1.0]},
        params={"api_key": "short1", "lr": 0.1, "tokenizer": "bert-base"},
        sources={"params": {"api_key": "argument", "lr": "argument"}, "metrics": {}},
        tags={"team": SECRET},
        note=f"see {SECRET}",
        cell={"source": f"password = 'abc'\nfit('{SECRET}')", "id": "a1"},
        notebook=str(Path.home() / "study.ipynb"),
    )


def test_every_text_of_a_run_is_searched_and_the_count_told(make_run: MakeRun) -> None:
    shared = shareable([leaking(make_run), make_run(2)], f"Study {SECRET}")
    (run, other) = shared.runs
    assert SECRET not in str(run.document)
    assert "abc" not in str(run.document["cell"])
    assert run.params == {"api_key": "[redacted:name]", "lr": 0.1, "tokenizer": "bert-base"}
    assert dict(run.sources["params"]) == {"api_key": "argument", "lr": "argument"}
    assert run.document["notebook"] == "~/study.ipynb"
    assert other.document == make_run(2).document
    assert shared.title == "Study [redacted:random]"
    assert shared.removed == {"the title": 1, run.short: 6}
    assert shared.notice == (
        f"7 values that look like secrets were left out of the page (in the title, {run.short}); "
        "the store still has what it has"
    )


def test_a_metric_keeps_its_series_under_the_name_it_has_then(make_run: MakeRun) -> None:
    (run,) = shareable([leaking(make_run)], "x").runs
    assert list(run.metrics) == ["loss of [redacted:random]"]
    assert run.history("loss of [redacted:random]").values == (3.0, 2.0, 1.0)


def test_a_written_page_has_no_secret_and_says_so(make_run: MakeRun, tmp_path: Path) -> None:
    said: list[str] = []
    page = write_comparison([leaking(make_run), leaking(make_run, 2)], tmp_path / "page.html", SECRET, say=said.append)
    assert SECRET not in page.read_text("utf-8")
    assert str(Path.home()) not in page.read_text("utf-8")
    assert len(said) == 1
    with pytest.warns(UserWarning, match="left out of the page"):
        write_comparison([leaking(make_run)], tmp_path / "page.html")


class Objects:
    """What a store keeps beside the records, written by a program that did not redact."""

    def read(self, name: str) -> bytes:
        return (f"token = '{SECRET}'" if name == "source" else '{"packages": {"numpy": "2.4"}}').encode()

    def paths(self, name: str) -> tuple[str, ...]:
        raise ObjectMissing(name)

    def save(self, name: str, to: Path, *, folder: bool) -> None:
        raise ObjectMissing(name)


def test_the_sources_a_run_depends_on_are_searched_when_they_are_read(make_run: MakeRun, tmp_path: Path) -> None:
    behind = {"executions": [{"n": 1, "source": "source"}, {"n": 2, "source": "own"}], "verdicts": []}
    run = replace(make_run(1, slice=behind, environment={"sha256": "environment"}), _kept=Objects())
    said: list[str] = []
    text = write_comparison([run], tmp_path / "page.html", say=said.append).read_text("utf-8")
    assert (SECRET in text, len(said)) == (False, 1)
    (shared,) = shareable([run], "x").runs
    assert shared.stored("source").decode().startswith("token = ")
    assert json.loads(shared.stored("environment")) == {"packages": {"numpy": "2.4"}}


def test_a_page_of_runs_without_secrets_says_nothing(make_run: MakeRun, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_comparison([make_run(1, {"loss": [1.0]}, params={"lr": 0.1})], tmp_path / "page.html")


def test_nothing_is_written_when_the_search_fails(make_run: MakeRun, tmp_path: Path) -> None:
    broken = make_run(1)
    broken.document["tags"] = {"x": {"$map": [[1, 2, 3]]}}  # type: ignore[dict-item]  # malformed on purpose
    with pytest.raises(TypeError):
        write_comparison([broken], tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_a_secret_in_base64_inside_a_text_goes_however_long_the_text_is(make_run: MakeRun) -> None:
    rows = "row,1\n" * 3_000
    inside = b64encode(f"{rows}password = '{SECRET}'".encode()).decode()
    safe = shareable([make_run(1)], "t")
    clean = safe.text(f"<a href='data:text/csv;base64,{inside}'>rows</a>", "a note")
    assert b64decode(clean.partition("base64,")[2].partition("'")[0]).count(b"row,1") == 3_000
    assert SECRET not in b64decode(clean.partition("base64,")[2].partition("'")[0]).decode()
    assert safe.removed == {"a note": 1}
    kept = f"<img src='data:image/png;base64,{b64encode(bytes(range(256))).decode()}'>"
    assert safe.text(kept, "a note") == kept
