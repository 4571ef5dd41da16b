"""What a process may use of the machine: a container or a scheduler may leave it a part of the cores and memory."""

import os
import re
from collections.abc import Iterator
from pathlib import Path


def cores_usable(groups: Path = Path("/sys/fs/cgroup"), group: str | None = None) -> float | None:
    """Return how many cores this process may keep busy, where that is fewer than there are.

    Args:
        groups: where the kernel's control groups are mounted.
        group: the process's own control group in there.
    """
    there = os.cpu_count() or 1
    least = min([there, *_affinity(), *_quotas(groups, group)])
    return None if least >= there else round(least, 2)


def memory_limit(groups: Path = Path("/sys/fs/cgroup"), group: str | None = None) -> float | None:
    """Return the GiB of memory this process's control group may use, where it is limited."""
    files = [*_words(groups, group, "memory.max"), *_words(groups / "memory", group, "memory.limit_in_bytes")]
    limits = [int(words[0]) for words in files if words[0].isdigit()]
    least = min(limits, default=1 << 60)
    return None if least >= 1 << 50 else round(least / 2**30, 2)  # without a limit, version 1 says a huge one


def own_group() -> str | None:
    """Return the name of this process's control group, version 2."""
    found = re.search(r"^0::(/.*)$", _content(Path("/proc/self/cgroup")), re.MULTILINE)
    return found[1] if found else None


def _affinity() -> list[float]:
    return [len(os.sched_getaffinity(0))] if hasattr(os, "sched_getaffinity") else []


def _quotas(groups: Path, group: str | None) -> Iterator[float]:
    """Yield the cores each control group is given: time on a processor over the period it is given in."""
    older = (_words(groups / "cpu", group, f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    for words in (*_words(groups, group, "cpu.max"), *map(list.__add__, *older)):
        if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]):
            yield int(words[0]) / int(words[1])


def _words(groups: Path, group: str | None, name: str) -> Iterator[list[str]]:
    """Yield the words of a file of the control group and of each it lies in: every one of them limits it."""
    parts = [part for part in (group or "").split("/") if part not in ("", "..")]
    for depth in range(len(parts) + 1):
        content = _content(groups.joinpath(*parts[:depth], name))
        if content.split():
            yield content.split()


def _content(path: Path) -> str:
    try:
        return path.read_text("ascii")  # the kernel's files say that they are empty
    except (OSError, ValueError):
        return ""
