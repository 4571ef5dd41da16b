"""A program as a script: it runs from the command line, with its parameters as options, and writes its metrics."""

from typing import Final

from nbtrack.export import pieces
from nbtrack.export.draft import Draft, plain
from nbtrack.export.header import header
from nbtrack.export.magics import quoted
from nbtrack.export.parameters import option
from nbtrack.export.section import indented
from nbtrack.export.tidy import tidy

_USAGE: Final = (
    "Put it into the notebook's folder and run it there: that is where it looks for modules and files. Parameters "
    "are options (--help lists them); metrics and parameters are written to --metrics-out as JSON."
)


def script(draft: Draft) -> str:
    """Return a program as the text of a script."""
    return tidy(untidy(draft), str(draft.run.environment.get("python", "3.11")))


def untidy(draft: Draft) -> str:
    """Return the script before it is formatted."""
    draft.needs |= {"argparse", "json", "Path"}
    seeding = pieces.seeding(draft, draft.names) if draft.seeds else ""
    if any("literal_eval" in option(each) for each in draft.parameters):
        draft.needs.add("ast")
    if draft.plots:
        draft.needs.add("matplotlib")
    if draft.suppresses:
        draft.needs.add("contextlib")
    if draft.waits:
        draft.needs.add("asyncio")
    options, helpers, results = _options(draft), pieces.helpers(draft), _results(draft)
    block, names = pieces.imports(draft, [options, helpers, seeding, results])
    notes = [f"{draft.called['metrics']} = {{}}"] if pieces.notes_metrics(draft) else []
    notes += [f"{draft.called['params']} = {{}}"] if draft.ours.params else []
    backend = 'matplotlib.use("Agg")  # figures are made as they were, and no window is opened' if draft.plots else ""
    body = "\n\n".join(pieces.cells(draft))
    top = [block, backend, options, seeding, "\n".join(notes), helpers]
    top_text = "\n\n".join(part.strip("\n") for part in top if part.strip())
    if draft.waits:
        body = f"async def main():\n{indented(_global(draft) + body + chr(10) + results)}\n\n\nasyncio.run(main())"
        results = ""
    code = "\n\n".join(part for part in (top_text, body, results) if part)
    doc = "\n".join(plain(line) for line in header(draft.run, names, draft.notes, _USAGE))
    return f'"""{doc}\n"""\n\n{code}\n'


def _global(draft: Draft) -> str:
    """Functions of the notebook may set its variables: these stay the file's own."""
    shared = sorted((draft.names.shared | (set(draft.names.bound) if draft.names.dynamic else set())) - {"_"})
    return f"global {', '.join(shared)}\n" if shared else ""


def _options(draft: Draft) -> str:
    """Return the block of parameters, and what reads them from the command line."""
    called = draft.called
    lines = ["# Parameters, as the run had them"]
    lines += [f"{each.name} = {each.literal}" for each in draft.parameters]
    lines += ["", f"{called['options']} = argparse.ArgumentParser(description={quoted(_short(draft))})"]
    for each in draft.parameters:
        flag = f"--{each.name.replace('_', '-')}"
        said = f"{quoted(flag)}, {option(each)}, default={each.name}"
        lines.append(f"{called['options']}.add_argument({said})")
    lines.append(
        f'{called["options"]}.add_argument("--metrics-out", type=Path, default=Path("metrics.json"), metavar="FILE", '
        f'help="where to write metrics and parameters")'
    )
    lines.append(f"{called['given']} = {called['options']}.parse_args()")
    lines += [f"{each.name} = {called['given']}.{each.name}" for each in draft.parameters]
    lines.append(f"{called['given']}.metrics_out = {called['given']}.metrics_out.resolve()")
    text = "\n".join(lines)
    return text if draft.parameters else text.replace("# Parameters, as the run had them\n\n", "")


def _short(draft: Draft) -> str:
    return plain(f"{draft.run.name[:60]} (run {draft.run.short})").replace("%", "%%")


def _results(draft: Draft) -> str:
    """Return what writes metrics and parameters when all has run."""
    files = pieces.written_files(draft)
    called = draft.called
    parts = [f'"params": {pieces.param_entries(draft)}', f'"metrics": {pieces.metric_entries(draft)}']
    if files:
        draft.needs.add("hashlib")
        paths = ", ".join(map(quoted, files))
        hashed = "hashlib.sha256(Path(path).read_bytes()).hexdigest()"
        parts.append(f'"outputs": {{path: {hashed} for path in [{paths}] if Path(path).is_file()}}')
    out = f'json.dumps({called["results"]}, indent=2, default=float) + "\\n"'
    lines = [
        "# What it came to",
        f"{called['results']} = {{{', '.join(parts)}}}",
        f'{called["given"]}.metrics_out.write_text({out}, encoding="utf-8")',
    ]
    return "\n".join(lines)
