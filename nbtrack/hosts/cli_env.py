"""``nbtrack env RUN``: the packages of a run as files - requirements pinned by hashes, locks, a container."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nbtrack.errors import UsageError
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal
    from nbtrack.reproduce.environment.files import EnvironmentFiles

_FORMATS: Final = ("requirements", "uv", "conda", "docker", "devcontainer", "all")
_FIRST: Final = {  # the one file that --stdout prints
    "all": "requirements.txt",
    "requirements": "requirements.txt",
    "uv": "uv.lock",
    "conda": "environment.yml",
    "docker": "Dockerfile",
    "devcontainer": ".devcontainer/devcontainer.json",
}


@click.command()
@click.argument("run")
@click.option("-o", "--output", "folder", metavar="DIR", type=click.Path(path_type=Path), help="By default env-RUN.")
@click.option("--format", "kind", type=click.Choice(_FORMATS), default="all", help="What to write; by default all.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the one file of the format instead.")
@click.option("--all", "everything", is_flag=True, help="All that was installed, not only what the run needed.")
@click.option("--offline", is_flag=True, help="Ask no index for hashes; uv's cache may know them.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
def env(
    terminal: "Terminal",
    run: str,
    folder: Path | None,
    kind: str,
    *,
    to_stdout: bool,
    everything: bool,
    offline: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write the environment of a run: requirements.txt with hashes, captured locks, Dockerfile and devcontainer.

    What was recorded is written; hashes that were not are asked of the index that you have configured. Exit codes: 0
    done, 1 no such run or no environment recorded, 2 usage error, 3 the store cannot be read.
    """
    from nbtrack.reproduce.environment.files import FORMATS, environment  # noqa: PLC0415 - --help answers at once

    found = terminal.run(run)
    formats = FORMATS if kind == "all" else (kind,)
    files = environment(found, formats=formats, everything=everything, offline=offline)
    if to_stdout:
        _print(files, _FIRST[kind])
        return
    saved = files.save(folder or Path(f"env-{found.short}"), replace=force)
    if as_json:
        terminal.show_json({"run": found.id, "files": [str(path) for path in saved], "notes": list(files.notes)})
    else:
        click.echo("\n".join(shown(line) for line in [*map(str, saved), *_notes(files)]))


def _print(files: "EnvironmentFiles", name: str) -> None:
    if name not in files.files:
        why = "; ".join(files.notes) or "none was captured with the run"
        raise UsageError(f"there is no {name} of run {files.run.short} ({why}); `--format requirements` always works")
    click.echo(files.files[name], nl=False)
    for line in _notes(files):
        click.echo(shown(line), err=True)


def _notes(files: "EnvironmentFiles") -> list[str]:
    return [f"note: {note}" for note in files.notes]
