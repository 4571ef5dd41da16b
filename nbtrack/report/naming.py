"""What in a report names people and machines, for its author to see before it is sent."""

from collections.abc import Iterator

from nbtrack.report.anonymizing import Anonymizer
from nbtrack.report.identities import Identities, identities
from nbtrack.report.parts import Fact, Report, RunPage


def naming(report: Report) -> dict[str, tuple[str, ...]]:
    """Return the people, machines, paths and repositories that a report names, each once; no kind without a name.

    >>> from nbtrack.report.building import build
    >>> from nbtrack.report.options import Options
    >>> naming(build((), Options()))
    {}
    """
    known = identities(_texts(report), [run.tags for run in report.runs], here=False)
    authors = (comment.by for page in report.pages for comment in page.comments if comment.by)
    remotes = (fact.value for page in report.pages for fact in page.code if fact.name == "remote")
    found = {
        "people": dict.fromkeys([*authors, *sorted(known.people)]),
        "machines": dict.fromkeys(sorted(known.hosts)),
        "paths": dict.fromkeys(_paths(report)),
        "repositories": dict.fromkeys(remotes),
    }
    return {kind: tuple(names) for kind, names in found.items() if names}


def _texts(report: Report) -> dict[str, None]:
    """Return the texts of all runs and pages, each once: most runs share most of theirs."""
    texts = dict[str, None]()
    for run in report.runs:
        texts.update((str(text), None) for text in (run.name, run.note or "", *run.params.values()))
    for page in report.pages:
        texts.update((text, None) for fact in _facts(page) for text in (fact.name, fact.value))
        texts.update((text, None) for text in (page.error, *(cell.source for cell in page.cells)))
        texts.update((comment.text, None) for comment in page.comments)
    return texts


def _facts(page: RunPage) -> Iterator[Fact]:
    for facts in (page.facts, page.params, page.data, page.code, page.environment, page.verdict):
        yield from facts


def _paths(report: Report) -> Iterator[str]:
    """Yield the paths that lead out of the project: of data, notebooks and interpreters."""
    nobody = Anonymizer(Identities(frozenset(), frozenset()))
    for page in report.pages:
        told = [fact.name for fact in page.data]
        told += [fact.value for fact in (*page.facts, *page.environment) if fact.name in {"notebook", "executable"}]
        yield from (path for path in told if nobody.text(path) != path)
