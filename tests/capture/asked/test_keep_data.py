"""How much data is kept can be said in the words people use for sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.capture.asked.keep_data import DEFAULT, Bounds, bounds
from nbtrack.capture.asked.preferences import Project


@pytest.mark.parametrize(
    ("asked", "size"),
    [("10 MB", 10**7), ("1.5gb", 1_500_000_000), ("64 KiB", 64_000), ("7", 7), (0, 0), (False, 0), ("0", 0), (5, 5)],
)
def test_sizes_are_understood(asked: object, size: int) -> None:
    assert bounds(asked) == Bounds(size)
    assert bounds(asked).run == 10 * size


@pytest.mark.parametrize("asked", ["much", "", -1, True, None, [1], "10 XB", "1e9"])
def test_what_is_no_size_is_refused(asked: object) -> None:
    with pytest.raises(ValueError, match="keep_data must be a size"):
        bounds(asked)


def test_a_project_says_how_much(tmp_path: Path) -> None:
    assert Project().preferences(tmp_path).keep_data == DEFAULT
    file = tmp_path / "nbtrack.toml"
    file.write_text('keep_data = "1 GB"\n')
    assert Project().preferences(tmp_path).keep_data == Bounds(10**9)
    file.write_text('keep_data = "lots"\n')
    found = Project().preferences(tmp_path)
    assert (found.keep_data, found.problem) == (
        DEFAULT,
        f"{file}: keep_data must be a size, like \"10 MB\", or 0, not 'lots'",
    )
