"""``nbtrack reproduce``: a run's program run again elsewhere, and what comes out compared with what was recorded."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

import click

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal

EXITS: Final = {"different": 3, "failed": 4, "cannot run": 5}  # all other levels are 0
_HELP: Final = {
    "tol": "How far a metric may be from the recorded one: 0.5% (the default) or 0.005.",
    "tol_metric": "Another tolerance for one metric: rmse=1%. May be given several times.",
    "env": "restore: install the recorded packages apart, by hash. current: use this environment as it is.",
    "data": "recorded: by hash, from the store, the working tree or DVC. current: the files as they are now.",
    "seeds": "Run N times with other seeds, and see whether the recorded value is one of such values.",
    "from_store_only": "Take code and data from the store alone, whatever is beside.",
    "timeout": "Stop a replay after so many seconds.",
    "network": "Keep the program from the network.",
    "keep": "Leave the folder of the reproduction there, and say where.",
    "yes": "Do not ask.",
    "json": "Print the verdict as JSON (docs/json-format.md), and nothing else on standard output.",
}


@click.command()
@click.argument("run")
@click.option("--tol", metavar="SHARE", help=_HELP["tol"])
@click.option("--tol-metric", "tol_metrics", metavar="NAME=SHARE", multiple=True, help=_HELP["tol_metric"])
@click.option("--env", "environment", type=click.Choice(["restore", "current"]), default="restore", help=_HELP["env"])
@click.option("--data", type=click.Choice(["recorded", "current"]), default="recorded", help=_HELP["data"])
@click.option("--seeds", type=int, default=0, metavar="N", help=_HELP["seeds"])
@click.option("--from-store-only", is_flag=True, help=_HELP["from_store_only"])
@click.option("--timeout", type=float, metavar="SECONDS", help=_HELP["timeout"])
@click.option("--no-network", is_flag=True, help=_HELP["network"])
@click.option("--keep", is_flag=True, help=_HELP["keep"])
@click.option("-y", "--yes", is_flag=True, help=_HELP["yes"])
@click.option("--json", "as_json", is_flag=True, help=_HELP["json"])
@click.pass_obj
@click.pass_context
def reproduce(
    context: click.Context,
    terminal: "Terminal",
    run: str,
    tol: str | None,
    tol_metrics: Sequence[str],
    environment: Literal["restore", "current"],
    data: Literal["recorded", "current"],
    seeds: int,
    timeout: float | None,
    *,
    from_store_only: bool,
    no_network: bool,
    keep: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Run a run's program again, elsewhere and from its records alone, and say how near its results are.

    What will be executed is shown first. The verdict is kept with the run.

    Exit codes: 0 identical, within tolerance or statistically consistent, 3 different, 4 failed, 5 cannot run;
    1 no such run, 2 usage error, 130 interrupted or not agreed to.
    """
    from nbtrack.hosts.display import show  # noqa: PLC0415 - --help answers at once
    from nbtrack.hosts.reproduce_conversation import conversation, in_kernel  # noqa: PLC0415 - same
    from nbtrack.hosts.reproducing import reproduced, tolerances_of  # noqa: PLC0415 - same
    from nbtrack.hosts.terminal_reproduce import verdict_view  # noqa: PLC0415 - same
    from nbtrack.reproduce.plan import Options  # noqa: PLC0415 - same

    options = Options(
        tolerances=tolerances_of(tol, tol_metrics),
        environment=environment,
        data=data,
        seeds=seeds,
        from_store_only=from_store_only,
        timeout=timeout,
        network=not no_network,
        keep=keep,
    )
    talk = conversation(sys.stderr if as_json else sys.stdout)
    verdict = reproduced(terminal.run(run), options, talk, terminal.store, yes=yes)
    if in_kernel() and not as_json:
        show(verdict.bundle(), "verdict", run=verdict.run.id)
    elif as_json:
        terminal.show_json(verdict.document)
        if verdict.notice:
            click.echo(f"nbtrack: {verdict.notice}", err=True)
    else:
        terminal.show(lambda _: verdict_view(verdict))
    context.exit(EXITS.get(verdict.level, 0))
