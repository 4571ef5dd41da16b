"""In what an environment differs from the recorded one: what a result may differ for."""

from collections.abc import Iterable, Iterator, Mapping

from nbtrack.model.reproduction import Cause
from nbtrack.reproduce.environment.installation import Installed
from nbtrack.reproduce.environment.recorded import Distribution, Recorded


def python_difference(recorded: Recorded, version: str, implementation: str = "") -> Iterator[Cause]:
    """Yield the cause that lies in another Python."""
    was = (
        f"{recorded.implementation} {recorded.python}"
        if implementation not in ("", recorded.implementation)
        else recorded.python
    )
    now = f"{implementation} {version}" if was != recorded.python else version
    if was != now:
        yield Cause(kind="python", name="python", was=was, now=now, text=f"Python {now} instead of {was}")


def package_differences(recorded: Recorded, there: Mapping[str, Installed], names: Iterable[str]) -> Iterator[Cause]:
    """Yield the causes that lie in packages, those that the run had imported first.

    A package of the same version whose files differ - another build of it - counts as well.
    """
    imported = frozenset(recorded.imported)
    wanted = [recorded.distributions[name] for name in sorted(names, key=lambda name: (name not in imported, name))]
    for each in wanted:
        cause = _difference(each, there.get(each.name))
        if cause:
            used = "" if each.name in imported else " (the run had not imported it)"
            yield Cause(kind="package", name=each.name, was=cause[0], now=cause[1], text=cause[2] + used)


def _difference(was: Distribution, now: Installed | None) -> tuple[str, str | None, str] | None:
    if now is None:
        return was.version, None, f"{was.name} {was.version} is not there"
    if now.version != was.version:
        return was.version, now.version, f"{was.name} {now.version} instead of {was.version}"
    if was.files and now.files != was.files:
        built = "the conda build" if was.kind == "conda" else "those of the run"
        return was.version, now.version, f"{was.name} {was.version} has other files than {built}: another build of it"
    return None
