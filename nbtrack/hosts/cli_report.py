"""``nbtrack report``: some runs, or a notebook, as one HTML file for others - and ``nbtrack report verify FILE``."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nbtrack.errors import UsageError
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal
    from nbtrack.report.options import Options
    from nbtrack.report.parts import Note, Report

DIFFERS: Final = 1
_VERIFY: Final = "verify"
_LISTED: Final = 20


@click.command()
@click.argument("words", metavar="[FILTER | RUN... | NOTEBOOK.ipynb | verify FILE]", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="report.html",
    show_default=True,
    help="The file to write.",
)
@click.option("--title", default="", help="By default the experiment's name.")
@click.option(
    "--note-file",
    "note_files",
    metavar="FILE[@SECTION]",
    multiple=True,
    help="Markdown to stand after a section, by default the summary; say it again for more.",
)
@click.option("--template", default="full", metavar="full|brief|FILE", help="Or Markdown with places: {{ summary }}.")
@click.option("--anonymous", is_flag=True, help="Leave out users, hosts, paths, remotes and e-mail addresses.")
@click.option("--no-source", is_flag=True, help="Leave out the sources of cells.")
@click.option(
    "--plotlyjs",
    type=click.Choice(["inline", "none"]),
    default="inline",
    help="none: pictures and tables in place of interactive plotly figures.",
)
@click.option(
    "--diff",
    "pairs",
    metavar="A:B",
    multiple=True,
    help="Show what differs between two of the runs; by default the best and what it is measured by.",
)
@click.option("--metric", help="The metric that decides; by default the one most runs have.")
@click.option("--json-file", is_flag=True, help="Write the same as JSON beside the page.")
@click.option("--dry-run", is_flag=True, help="Say what would be shared; write nothing.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON (docs/json-format.md).")
@click.pass_obj
@click.pass_context
def report(
    context: click.Context,
    terminal: "Terminal",
    /,
    words: Sequence[str],
    output: Path,
    *,
    dry_run: bool,
    json_file: bool,
    force: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Write a report of some runs, or of a notebook, as one HTML file that opens anywhere without a network.

    What looks like a secret is left out. `nbtrack report verify FILE` says whether a report is as it was written and
    whether the store still has what it was made from.
    Exit codes: 0 done, or a verified report is the same; 1 no such run, or it is not; 2 usage error, 3 the store or the
    file cannot be read or written.
    """
    if words and words[0] == _VERIFY:
        _verify(context, terminal, words[1:], as_json=as_json)
        return
    from nbtrack.hosts import reporting  # noqa: PLC0415 - --help answers at once

    what = _what(words)
    options = _options(terminal, **asked)
    if dry_run:
        _preview(terminal, reporting.preview(what, options, terminal.store), as_json=as_json)
        return
    written = reporting.write(what, output, options, terminal.store, json_file=json_file, force=force)
    if as_json:
        terminal.show_json(written.as_dict())
    elif terminal.in_notebook:
        from nbtrack.hosts.display import show  # noqa: PLC0415 - only under IPython
        from nbtrack.view.written import written_bundle  # noqa: PLC0415 - same

        show(written_bundle(written, repr(written)), "report")
        return
    else:
        click.echo(f"wrote {shown(str(written.path))}")
        for sentence in written.summary:
            click.echo(f"  {shown(sentence.text)}")
    if written.notice:
        click.echo(f"note: {shown(written.notice)}", err=True)


def _what(words: Sequence[str]) -> str:
    """Return what is asked for: a notebook's name may have blanks, a filter may have been split into words."""
    notebooks = [word for word in words if word.endswith(".ipynb")]
    if notebooks and len(words) > 1:
        raise UsageError("a report is of one notebook, or of runs: name the notebook alone")
    return " ".join(words)


def _options(
    terminal: "Terminal",
    *,
    title: str,
    note_files: Sequence[str],
    template: str,
    anonymous: bool,
    no_source: bool,
    plotlyjs: Any,
    pairs: Sequence[str],
    metric: str | None,
) -> "Options":
    from nbtrack.hosts.reporting import template_text  # noqa: PLC0415 - --help answers at once
    from nbtrack.report.options import Options  # noqa: PLC0415 - same

    return Options(
        title=title,
        notes=tuple(note for each in note_files for note in _notes(each)),
        template=template_text(template),
        anonymous=anonymous,
        source=not no_source,
        plotly=plotlyjs,
        diffs=tuple(_pair(terminal, each) for each in pairs),
        metric=metric,
    )


def _notes(told: str) -> "tuple[Note, ...]":
    """Return the notes of ``FILE`` or ``FILE@SECTION``; a file whose name has an ``@`` is found all the same."""
    from nbtrack.hosts.reporting import text_of  # noqa: PLC0415 - --help answers at once
    from nbtrack.report.template import notes_of  # noqa: PLC0415 - same

    name, mark, section = told.rpartition("@")
    if not mark or Path(told).exists():
        return notes_of(text_of(Path(told), "note"))
    return notes_of(text_of(Path(name), "note"), section)


def _pair(terminal: "Terminal", told: str) -> tuple[str, str]:
    old, colon, new = told.partition(":")
    if not (colon and old and new):
        raise UsageError(f"--diff takes two runs with a colon between them, A:B, not {told[:80]!r}")
    return terminal.run(old).id, terminal.run(new).id


def _preview(terminal: "Terminal", found: "Report", *, as_json: bool) -> None:
    """Say what a report would share: all of it together, then run by run."""
    from nbtrack.hosts.reporting import shared_json  # noqa: PLC0415 - --help answers at once
    from nbtrack.model.ids import short_id  # noqa: PLC0415 - same
    from nbtrack.report.sharing import per_run  # noqa: PLC0415 - same

    shares = per_run(found)
    if as_json:
        runs = [asdict(each) for each in shares]
        terminal.show_json({"shared": shared_json(found.shared), "removed": dict(found.removed), "runs": runs})
        return
    width = max(len(fact.name) for fact in found.shared)
    for fact in found.shared:
        click.echo(f"{fact.name:<{width}}  {shown(fact.value)}{f'  ({shown(fact.note)})' if fact.note else ''}")
    click.echo()
    for each in shares[:_LISTED]:
        click.echo(f"{short_id(each.run)}  {each.sentence()}  {shown(each.name)}")
    if len(shares) > _LISTED:
        click.echo(f"… and {len(shares) - _LISTED} more runs (--json lists all)")


def _verify(context: click.Context, terminal: "Terminal", files: Sequence[str], *, as_json: bool) -> None:
    from nbtrack.report.verifying import verify  # noqa: PLC0415 - --help answers at once

    if len(files) != 1:
        raise UsageError(f"verify takes one report: nbtrack report verify FILE, not {len(files)}")
    found = verify(files[0], terminal.store)
    if as_json:
        terminal.show_json(found.as_dict())
    else:
        click.echo("\n".join(shown(line) for line in repr(found).split("\n")))
    context.exit(0 if found.ok else DIFFERS)
