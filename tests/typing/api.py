"""The public API as type checkers see it; never run, always checked. A changed line here changes users' code."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, assert_type

import pandas as pd
import plotly.graph_objects as go

import nbtrack
from nbtrack.hosts.checking_out import Checkout
from nbtrack.hosts.comparing import LiveComparison
from nbtrack.hosts.reporting import Written
from nbtrack.hosts.reproducing import Verdict
from nbtrack.model.reproduction import Cause, Level
from nbtrack.model.run import Artifact, Cell, Comment, History
from nbtrack.query.checklist.checklist import Checklist
from nbtrack.query.lineage import Lineage
from nbtrack.query.plotting import Plots
from nbtrack.query.provenance import Provenance
from nbtrack.query.whois import Whois
from nbtrack.share.transferred import Transferred
from nbtrack.store.check.fsck import Report
from nbtrack.store.local import LocalStore


def writing(folder: Path) -> None:
    store = nbtrack.open_store(folder)
    assert_type(store, LocalStore)
    opened = nbtrack.start_run("name", experiment="e", params={"lr": 0.1}, tags={"team": "nlp"}, store=store)
    assert_type(opened, nbtrack.OpenRun)
    with opened as run:
        assert_type(run, nbtrack.OpenRun)
        assert_type(run.id, str)
        run.log({"loss": 0.5}, step=3)
        run.log(loss=0.5)
        run.log_params({"depth": 3}, seed=7)
        run.log_artifact("model.bin", name="model")
        run.log_artifact(folder / "model.bin")
        run.set_tags({"stage": "dev"}, owner="me")
        run.note("text")
        run.finish("failed")
    nbtrack.log(loss=0.5, step=1)
    nbtrack.log({"loss": 0.5})
    nbtrack.log_params(lr=0.1)
    nbtrack.log_artifact(folder)
    nbtrack.set_tags(a="b")
    assert_type(nbtrack.seed_everything(42), dict[str, str])
    assert_type(nbtrack.annotate("7k3m9q", tags={"a": 1}, note="text", comment="text", by="Ada"), tuple[str, ...])
    assert_type(
        nbtrack.annotate(nbtrack.runs(), edits=nbtrack.run("7k3m9q").comments[0], store=folder), tuple[str, ...]
    )
    assert_type(nbtrack.delete_run("7k3m9q"), str)
    assert_type(nbtrack.restore_run(nbtrack.run("7k3m9q"), store=folder), str)


def asking() -> None:
    runs = nbtrack.runs("params.lr < 0.01", order_by="metrics.f1 desc", limit=20, store="folder")
    assert_type(runs, nbtrack.Runs)
    assert_type(runs[0], nbtrack.Run)
    assert_type(runs[:3], nbtrack.Runs)
    assert_type([run.name for run in runs], list[str])
    assert_type(runs.filter("status = 'finished'").order_by("-metrics.f1").limit(3), nbtrack.Runs)
    assert_type(runs.to_pandas(), pd.DataFrame)
    assert_type(runs.plot, Plots)
    assert_type(runs.plot.curves("loss", smooth=0.5), go.Figure)
    assert_type(runs.plot.scatter("lr", "metrics.f1", colour="tags.stage"), go.Figure)
    assert_type(runs.plot.parallel("lr", "depth", colour="f1"), go.Figure)
    assert_type(runs.plot.importance("f1"), go.Figure)
    assert_type(nbtrack.compare(runs), LiveComparison)
    assert_type(nbtrack.compare("metrics.f1 > 0.9", title="best"), LiveComparison)
    assert_type(nbtrack.checkout(runs[0], "there", from_store_only=True), Checkout)
    assert_type(nbtrack.checkout("7k3m9q", Path("there")).missing, tuple[Cause, ...])
    verdict = nbtrack.reproduce("7k3m9q", tol="1%", tol_metrics={"rmse": 0.01}, env="current", yes=True, store="folder")
    assert_type(verdict, Verdict)
    assert_type((verdict.level, verdict.good, verdict.text), tuple[Level, bool, str])
    run = nbtrack.run("7k3m9q")
    assert_type(nbtrack.check(run), Checklist)
    assert_type(nbtrack.check("7k3m9q", store="folder").ok, bool)
    assert_type(run.provenance(), Provenance)
    assert_type(nbtrack.whois(Path("model.pkl"), store="folder", limit=5), Whois)
    assert_type(nbtrack.lineage("7k3m9q", depth=2), Lineage)
    assert_type(nbtrack.lineage(run).as_dict(), dict[str, Any])
    written = nbtrack.report("metrics.f1 > 0.9", "report.html", notes="Noted.", diff=[("7k3m9q", run)], anonymous=True)
    assert_type(written, Written)
    assert_type((written.path, written.runs, written.notice), tuple[Path, int, str])
    assert_type(run.comments, tuple[Comment, ...])
    assert_type(run.started, datetime)
    assert_type(run.duration, float | None)
    assert_type(run.params, Mapping[str, Any])
    assert_type(run.metrics, Mapping[str, float])
    assert_type(run.note, str | None)
    assert_type(run.condition, str)
    assert_type(run.damage, str)
    assert_type(run.cell, Cell | None)
    assert_type(run.artifacts, tuple[Artifact, ...])
    assert_type(run.artifact("model").read(), bytes)
    assert_type(run.artifact("model").paths(), tuple[str, ...])
    assert_type(run.artifact("model").save("copy"), Path)
    assert_type(run.history("loss"), History)
    assert_type(run.history("loss").values, Sequence[float])
    assert_type(run.history("loss", points=1000), History)


def erring() -> None:
    try:
        nbtrack.run("nothing")
    except nbtrack.NbtrackError as error:
        assert_type(error, nbtrack.NbtrackError)


def checking(folder: Path) -> None:
    report = nbtrack.fsck(folder, data=True)
    assert_type(report, Report)
    assert_type(report.ok, bool)
    assert_type(
        [(finding.kind, finding.path, finding.offset) for finding in report.wrong], list[tuple[str, str, int | None]]
    )


def sharing(folder: Path) -> None:
    assert_type(nbtrack.push("s3://bucket/team", store=folder, runs="metrics.f1 > 0.9"), Transferred)
    came, went = nbtrack.sync(folder, jobs=4)
    assert_type(came.runs, tuple[str, ...])
    assert_type([(each.what, each.why) for each in nbtrack.pull(objects="7k3m9q").left], list[tuple[str, str]])
    assert_type(went, Transferred)
