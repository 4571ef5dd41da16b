"""What a metric is called: the user's own word for it, or the function's name made unique by what was passed to it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from nbtrack.capture.syntax.passing import Comprehended
from nbtrack.capture.syntax.tee import Site


def name_sites(sites: Iterable[Site]) -> None:
    """Give every metric site of one cell its name: short, unique within the cell, and the same at the next execution.

    A value assigned to a variable has the variable's name. Otherwise the function's name stands alone when the cell
    calls it once, and is told apart by the first argument that differs when it does so more often:
    ``accuracy_score.y_train``, ``accuracy_score.y_test``. The same call written twice is one metric. One of the metrics
    that a loop passes over gets its name when it is called; until then it has what tells its calls apart, if there are
    several.
    """
    groups: dict[str, list[Site]] = defaultdict(list)
    for site in sites:
        if site.kind == "metric":
            groups[site.callee].append(site)
    for callee, group in groups.items():
        _name_group(callee, group)
        several = len({site.text for site in group}) > 1
        for site in group:
            if site.metric is not None and not (site.filed or (site.target and type(site.metric) is Comprehended)):
                site.name = site.name.removeprefix(callee).lstrip(".") if several else ""


def _name_group(callee: str, group: list[Site]) -> None:
    by_text: dict[str, list[Site]] = defaultdict(list)
    for site in group:
        by_text[site.text].append(site)
    for same in by_text.values():
        target = next((site.target for site in same if site.target), None)
        for site in same:
            site.name = site.target or target or ""
    unnamed = [same[0] for same in by_text.values() if not same[0].name]
    names = _told_apart(callee, unnamed)
    for site, name in zip(unnamed, names, strict=True):
        for twin in by_text[site.text]:
            twin.name = name


def _told_apart(callee: str, sites: Sequence[Site]) -> list[str]:
    if len(sites) < 2:
        return [callee for _ in sites]
    longest = max(len(site.words) for site in sites)
    for place in range(longest):
        words = [site.words[place] if place < len(site.words) else "" for site in sites]
        if len(set(words)) == len(words):
            return [f"{callee}.{word}" if word else callee for word in words]
    joined = [".".join(dict.fromkeys(site.words)) for site in sites]
    if len(set(joined)) == len(joined):
        return [f"{callee}.{words}"[:120] if words else callee for words in joined]
    labels = [site.label for site in sites]
    if all(labels) and len(set(labels)) == len(labels):
        return labels
    return [callee if place == 0 else f"{callee}_{place + 1}" for place in range(len(sites))]
