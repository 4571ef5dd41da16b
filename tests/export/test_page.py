import base64
import hashlib
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from nbtrack.export.page import write_comparison
from nbtrack.model.run import Run

Study = Callable[..., list[Run]]


def test_a_page_names_the_hashes_of_its_only_scripts(study: Study, tmp_path: Path) -> None:
    html = write_comparison(study(4), tmp_path / "page.html", "Four runs").read_text("utf-8")
    codes = re.findall(r'<script(?: type="module")?>(.*?)</script>', html, re.DOTALL)
    first, second = (base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    assert policy[1].replace("&#39;", "'") == (
        f"default-src 'none'; script-src 'sha256-{first}' 'sha256-{second}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert html.startswith('<!doctype html>\n<html lang="en">')


def test_writing_returns_the_path_and_leaves_nothing_beside_the_page(study: Study, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    assert write_comparison(study(2), target, "x") == target
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert stat.S_IMODE(target.stat().st_mode) & 0o400


def test_a_page_that_cannot_be_written_leaves_the_old_one(study: Study, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("old")
    with pytest.raises(AttributeError):
        write_comparison([*study(2), None], target, "x")  # type: ignore[list-item]  # not a run
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_page_of_a_hundred_runs_stays_under_3_mb(study: Study, tmp_path: Path) -> None:
    assert write_comparison(study(100), tmp_path / "page.html").stat().st_size < 3_000_000
