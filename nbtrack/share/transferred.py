"""What an exchange did, or would do: for people to read, and as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

Direction = Literal["push", "pull"]
_UNITS: Final = ("B", "KB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was not taken, and why. The rest was.

    ``of`` says what it is to people, where a run names it: ``model.pkl of run 7k3m9q``.
    """

    what: str
    why: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Transferred:
    """What went one way.

    ``runs`` are the ids of those with new records, ``files`` counts record files, ``objects`` counts objects, ``size``
    is in bytes; ``left`` tells what was not taken. ``requests`` counts what was asked of the remote, by verb. With
    ``dry_run`` it is what would have been done.
    """

    direction: Direction
    remote: str
    runs: tuple[str, ...] = ()
    files: int = 0
    objects: int = 0
    size: int = 0
    left: tuple[Left, ...] = ()
    requests: Mapping[str, int] = field(default_factory=dict)
    dry_run: bool = False

    def __bool__(self) -> bool:
        """Whether anything went."""
        return bool(self.files or self.objects)

    def __str__(self) -> str:
        """Tell it in one sentence.

        >>> str(Transferred("push", "s3://bucket/team", ("a",), files=2, objects=1, size=2048))
        'pushed 1 run to s3://bucket/team: 2 files and 1 object, 2.0 KB'
        >>> str(Transferred("push", "s3://bucket/team", files=1, size=300))
        'pushed later changes to s3://bucket/team: 1 file, 300 B'
        """
        to = "to" if self.direction == "push" else "from"
        if not self:
            return f"{self.remote} is up to date" if self.direction == "push" else f"nothing new in {self.remote}"
        verb = f"would {self.direction}" if self.dry_run else f"{self.direction}ed"
        parts = [_count(self.files, "file")] * bool(self.files) + [_count(self.objects, "object")] * bool(self.objects)
        late = "missing objects" if self.objects else "later changes"  # of runs that both sides have: notes, tags
        runs, size = _count(len(self.runs), "run") if self.runs else late, size_text(self.size)
        return f"{verb} {runs} {to} {self.remote}: {' and '.join(parts)}, {size}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002, FBT001 - IPython's signature
        printer.text(str(self))

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "requests": dict(self.requests), "left": [asdict(each) for each in self.left]}


def size_text(size: float) -> str:
    """Return a number of bytes in words.

    >>> size_text(1536), size_text(12)
    ('1.5 KB', '12 B')
    """
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
