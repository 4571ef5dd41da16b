"""The plotly.js that a report carries: the smaller of what comes with nbtrack and what comes with plotly."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from nbtrack.view.escape import packed_only, packed_script, script_hash, unpacked

CARTESIAN: Final = frozenset(
    "bar box contour heatmap histogram histogram2d histogram2dcontour image pie scatter scatterternary violin".split()
)
"""Types of traces that the bundle of nbtrack draws: plotly.js-cartesian-dist-min, as npm has it."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """plotly.js deflated and in base64, and the hash by which a policy lets it run."""

    packed: str
    hash: str


def bundle_for(types: frozenset[str]) -> Bundle | None:
    """Return the plotly.js that draws traces of these types; None where there is nothing to draw."""
    if not types:
        return None
    if types <= CARTESIAN:
        return _own()
    return _installed() or _own()


@cache
def _own() -> Bundle:
    return Bundle(packed_only("plotly"), script_hash(unpacked("plotly")))


@cache
def _installed() -> Bundle | None:
    """Return what the installed package plotly has, without importing it."""
    found = find_spec("plotly")
    path = Path(found.origin).parent / "package_data" / "plotly.min.js" if found and found.origin else None
    if path is None or not path.is_file():
        return None
    script = path.read_text(encoding="utf-8")
    return Bundle(packed_script(script), script_hash(script))
