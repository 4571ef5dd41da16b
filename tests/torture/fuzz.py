"""Coverage-guided fuzzing: ``python tests/torture/fuzz.py [seconds] [target …]``, or ``make fuzz``.

Inputs that reach a new line of nbtrack are kept in ``.torture/fuzz/<target>/`` and are what the next session begins
with. One that raises what it must not is kept as ``crash-<hash>`` and ends the session. No fuzzing engine is needed.
"""

import hashlib
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from fuzz_targets import TARGETS, Target

CORPUS = Path(".torture/fuzz")
PIECES = (
    b"\n",
    b"\0",
    b'"',
    b"{",
    b"}",
    b",",
    b"\\",
    b"\xff",
    b"9" * 20,
    b"-1",
    b"1e999",
    b"null",
    b'"k":',
    b'"n":',
    b"\r\n",
)
_NBTRACK = str(Path(__file__).parents[2] / "nbtrack")


def mutated(content: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """Return something like ``content``; checksums are often put right, or nothing behind them would be reached."""
    from zlib import crc32

    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 4, 9))):
        at, much = dice.randrange(len(changed) + 1), dice.choice((1, 2, 4, 16, 99))
        match dice.randrange(6):
            case 0:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del changed[at : at + much]
            case 2:
                changed[at:at] = dice.choice(PIECES)
            case 3:
                changed[at : at + much] = dice.choice(PIECES)
            case 4:
                other = dice.choice(others)
                start = dice.randrange(len(other) + 1)
                changed[at:at] = other[start : start + much * 4]
            case 5:
                changed[at:at] = changed[at : at + much * 4]
    if dice.random() < 0.7:
        lines = bytes(changed).split(b"\n")
        sealed = [
            line[:-16] + b',"c":"%08x"}' % crc32(line[:-16]) if line[-16:-10] == b',"c":"' else line for line in lines
        ]
        return b"\n".join(sealed)
    return bytes(changed)


class Coverage:
    """The lines of nbtrack that were ever reached."""

    def __init__(self) -> None:
        self.lines: set[tuple[str, int]] = set()
        self.grew = False

    def of_frame(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "call" and not frame.f_code.co_filename.startswith(_NBTRACK):
            return None
        place = frame.f_code.co_filename, frame.f_lineno
        if place not in self.lines:
            self.lines.add(place)
            self.grew = True
        return self.of_frame


def fuzzed(name: str, target: Target, seconds: float, seed: int) -> Iterator[str]:
    """Feed a target until the time is over; tell what it did not stand, and at the end what was done."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    corpus = [*target.seeds(), *(path.read_bytes() for path in sorted(folder.glob("input-*")))]
    dice, coverage, tries = random.Random(seed), Coverage(), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        content = corpus[tries] if tries < len(corpus) else mutated(dice.choice(corpus), dice, corpus)
        tries += 1
        coverage.grew = False
        sys.settrace(coverage.of_frame)
        try:
            target.feed(content)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            sys.settrace(None)
            path = folder / f"crash-{hashlib.sha256(content).hexdigest()[:16]}"
            path.write_bytes(content)
            yield f"{name}: {type(error).__name__}: {error} ({path})"
            break
        finally:
            sys.settrace(None)
        if coverage.grew and tries > len(corpus):
            corpus.append(content)
            (folder / f"input-{hashlib.sha256(content).hexdigest()[:16]}").write_bytes(content)
    print(f"{name}: {tries} inputs, {len(coverage.lines)} lines reached, {len(corpus)} inputs kept")


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else 60.0
    names = arguments[1:] or list(TARGETS)
    found = [each for name in names for each in fuzzed(name, TARGETS[name], seconds, time.time_ns())]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
