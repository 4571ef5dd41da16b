"""Whether a page still looks like its stored picture, whatever the fonts of the machine.

A stored picture is the page in patches of 20 x 14 pixels, each the mean of its colours: letters are gone, what is left
is where there is ink, how much, and of which colour. A patch is fine when it lies within the range of the stored
patches around it - letters of another font move text by some pixels -, give or take ``SLACK`` of 255. A page looks the
same when no more than ``ASTRAY`` of its patches, and of the stored ones against it, are not.
"""

import io
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

PATCH: Final = (20, 14)
SLACK: Final = 14
ASTRAY: Final = 0.045


def patches(png: bytes) -> Any:
    """Return the mean colours of a picture's patches: rows x columns x 3."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    small = picture.resize((picture.width // PATCH[0], picture.height // PATCH[1]), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.int16)


def stored(path: Path) -> Any:
    """Return the patches of a stored picture."""
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.int16)


def store(path: Path, found: Any) -> None:
    """Write patches as a picture of one pixel each."""
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(found.astype(np.uint8)).save(path, optimize=True)


def astray(one: Any, other: Any) -> float:
    """Return the share of patches that do not look like any around the same place of the other picture, 0 to 1.

    A page that is longer or shorter is filled up with what its last row of patches is.
    """
    if one.shape[1] != other.shape[1]:  # it is wider than the window
        return 1.0
    rows = max(len(one), len(other))
    one, other = (np.pad(each, ((0, rows - len(each)), (0, 0), (0, 0)), mode="edge") for each in (one, other))
    return max(_outside(one, other), _outside(other, one))


def _outside(one: Any, other: Any) -> float:
    around = np.pad(other, ((1, 1), (2, 2), (0, 0)), mode="edge")
    height, width, _ = other.shape
    near = np.stack([around[y : y + height, x : x + width] for y in range(3) for x in range(5)])
    fine = (one >= near.min(axis=0) - SLACK) & (one <= near.max(axis=0) + SLACK)
    return float(1 - fine.all(axis=2).mean())
