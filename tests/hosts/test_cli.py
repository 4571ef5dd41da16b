"""The terminal's commands, run as ``%nbtrack`` runs them and as a process of their own."""

import json
import os
import re
import subprocess
import sys
from textwrap import dedent

import pytest

from nbtrack.errors import UsageError
from nbtrack.hosts.cli import cli, run_line
from nbtrack.model import event
from nbtrack.store.discovery import open_store
from nbtrack.store.memory import MemoryStore

FOREST, SVM, LOST = (f"20261121t101530-{half}" for half in ("7k3m9q2x", "7kzzzzzz", "8abcdefg"))


def record(store, run_id, name, params, metrics, status="finished", source="fit()"):
    writer = store.begin(run_id, {"name": name, "experiment": "cancer"})
    writer.append(event.CELL, {"source": source})
    writer.append(event.PARAMS, params, dict.fromkeys(params, "argument"))
    writer.append(event.METRICS, metrics, dict.fromkeys(metrics, "last expression"))
    writer.append(event.TAGS, {"team": "nlp"})
    writer.close(status, 1.5)


def fill(store):
    record(store, SVM, "svm", {"C": 1, "seed": 0}, {"accuracy": 0.9649}, source="SVC()")
    record(store, FOREST, "forest", {"depth": 8, "seed": 0}, {"accuracy": 0.9737}, source="Forest()")
    record(store, LOST, "broken \x1b[2J\n<b>", {"seed": 0}, {"accuracy": {"$f": "nan"}}, "failed")
    return store


@pytest.fixture
def store():
    return fill(MemoryStore())


@pytest.fixture
def command(store, capsys):
    """Run a line and return its exit code, output and errors."""

    def run(line):
        code = run_line(line, store)
        return code, *capsys.readouterr()

    return run


def without_times(text):
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "YYYY-MM-DD hh:mm", text)


def test_ls_shows_what_differs_first_and_a_dash_for_what_is_missing(command):
    code, out, err = command("ls order by name desc")
    expected = """\
        run     name              status    started (UTC)        took  accuracy  params.C  params.depth  params.seed  tags.team
        ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
        7kzzzz  svm               finished  YYYY-MM-DD hh:mm    1.5 s    0.96490        1             -            0  nlp
        7k3m9q  forest            finished  YYYY-MM-DD hh:mm    1.5 s    0.97370        -             8            0  nlp
        8abcde  broken ␛[2J␊<b>   failed    YYYY-MM-DD hh:mm    1.5 s       nan         -             -            0  nlp
    """
    assert (code, err) == (0, "")
    assert words(without_times(out)) == words(dedent(expected))


def words(text):
    """Compare tables without their padding and rules."""
    return [line.split() for line in text.replace("─", "").splitlines() if line.strip("─ ")]


def test_ls_takes_a_filter_an_order_and_a_limit(command):
    _, out, _ = command(
        "ls \"metrics.accuracy > 0.9 and tags.team = 'nlp'\" --order-by -metrics.accuracy --limit 1 --json"
    )
    assert [run["name"] for run in json.loads(out)] == ["forest"]


def test_ls_json_is_the_documented_array(command):
    _, out, _ = command("ls --json params.depth = 8")
    (run,) = json.loads(out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", run.pop("started"))
    assert run == {
        "id": FOREST,
        "name": "forest",
        "experiment": "cancer",
        "status": "finished",
        "condition": "whole",
        "verdict": None,
        "duration": 1.5,
        "params": {"depth": 8, "seed": 0},
        "metrics": {"accuracy": 0.9737},
        "tags": {"team": "nlp"},
    }


def test_ls_of_no_runs_says_so(command):
    assert command("ls \"name = 'nobody'\"") == (0, "no runs\n", "")
    assert command("ls \"name = 'nobody'\" --json") == (0, "[]\n", "")


@pytest.mark.slow
def test_ls_says_how_many_runs_it_did_not_show(capsys):
    store = MemoryStore()
    for number in range(52):
        record(store, f"20261121t101530-{number:08d}", str(number), {}, {})
    run_line("ls", store)
    assert capsys.readouterr().out.endswith("… and 2 more runs (--limit 0 shows all)\n")
    run_line("ls --limit 0", store)
    assert len(capsys.readouterr().out.splitlines()) == 54


def test_show_tells_everything_of_one_run(command):
    code, out, _ = command("show 7k3")
    assert code == 0
    for line in (
        "forest  20261121t101530-7k3m9q2x  finished",
        "accuracy  0.9737 last expression",
        "depth  8  argument",
        "Forest()",
    ):
        assert line.split() in [shown.split() for shown in out.splitlines()]


def test_show_json_has_the_cell_and_where_values_came_from(command):
    details = json.loads(command("show 7k3 --json")[1])
    assert (details["cell"]["source"], details["sources"]["metrics"]) == ("Forest()", {"accuracy": "last expression"})
    assert {
        "curves",
        "data",
        "artifacts",
        "code",
        "environment",
        "hardware",
        "warnings",
        "error",
        "note",
        "health",
    } <= set(details)


def test_diff_says_what_differs_and_which_sections_are_the_same(command):
    code, out, _ = command("diff 7kz 7k3")
    won = "forest has accuracy 0.9737, 0.0088 higher than svm (better)."
    sentence = f"{won} What differs: C, depth, the cell's source. The same: tags."
    assert code == 0
    assert words(out) == words(f"""
        - svm {SVM}
        + forest {FOREST}
        {sentence}
        metrics
          accuracy 0.9649 → 0.9737 +0.0088 (+0.91%) better
        params
          C 1 → -
          depth - → 8
        source
          - SVC()
          + Forest()
        the same: tags
        not recorded: data, upstream cells, seeds, environment, commit, hardware
    """)


def test_diff_json_lists_the_changes(command):
    found = json.loads(command("diff 7kz 7k3 --json")[1])
    assert (found["a"], found["b"], found["source"], found["tags"]) == (SVM, FOREST, ["-SVC()", "+Forest()"], [])
    assert [change["name"] for change in found["params"]] == ["C", "depth"]


def test_diff_of_more_runs_is_of_each_from_the_first(command):
    out = command("diff 7kz 7k3 8abc")[1]
    assert [line for line in out.splitlines() if line.startswith(("- ", "+ "))][0::2] == [f"- svm  {SVM}"] * 2
    found = json.loads(command("diff 7kz 7k3 8abc --json")[1])
    assert [(each["a"], each["b"]) for each in found] == [(SVM, FOREST), (SVM, LOST)]
    assert command("diff 7kz 7k3 8abc 7kz 7k3")[0] == 2


def test_compare_names_the_best_and_why(command):
    code, out, _ = command("compare")
    assert code == 0
    assert out.splitlines()[-1] == (
        "forest (7k3m9q) has the highest accuracy: 0.9737, 0.0088 above svm (7kzzzz). "
        "What differs: C not set (1 there), depth 8 (not set there), the cell's source."
    )


def test_compare_json_has_the_runs_and_the_best(command):
    found = json.loads(command("compare \"status = 'finished' order by name\" --json")[1])
    assert ([run["name"] for run in found["runs"]], found["best"]["id"]) == (["forest", "svm"], FOREST)


def test_compare_takes_ids_in_the_order_given(command):
    found = json.loads(command("compare 7kz 8abc 7k3 --json")[1])
    assert [run["id"] for run in found["runs"]] == [SVM, LOST, FOREST]


def test_compare_by_an_unknown_metric_suggests_the_nearest(command):
    assert command("compare --metric acuracy") == (1, "", "nbtrack: no metric `acuracy`; did you mean `accuracy`?\n")


def test_compare_writes_a_page(command, tmp_path):
    page = tmp_path / "page.html"
    code, out, _ = command(f"compare --html '{page}'")
    assert (code, out.splitlines()[-1]) == (0, f"written {page}")
    assert "forest" in page.read_text()


def test_tags_are_set_and_removed(command, store):
    assert command("tag 7k3 stage=production 'note=a b=c' -d team") == (0, "", "")
    assert store.runs().find(FOREST)["tags"] == {"stage": "production", "note": "a b=c"}


def test_a_note_is_written_and_removed(command, store):
    assert command("note 7k3 the best so far") == (0, "", "")
    assert store.runs().find(FOREST)["note"] == "the best so far"
    command("note 7k3 ''")
    assert store.runs().find(FOREST)["note"] is None


def test_doctor_says_that_records_are_whole(command):
    code, out, _ = command("doctor")
    assert (code, out.splitlines()[-2:]) == (0, ["3 runs", "all records are whole"])


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("show 99", 1, "nbtrack: no run '99'; `%runs` or `nbtrack ls` lists them\n"),
        ("tag 7k3 team", 2, "nbtrack: 'team' is not NAME=VALUE\n"),
        ("tag 7k3", 2, "nbtrack: no tag given; write NAME=VALUE, or -d NAME to remove one\n"),
        (
            "ls metrics.acuracy \\> 0.9",
            2,
            "nbtrack: no metric `acuracy`; did you mean `accuracy`?\n  metrics.acuracy > 0.9\n          ^\n",
        ),
        (
            "ls --store /nowhere/at/all",
            3,
            "nbtrack: there is no store in /nowhere/at/all; `nbtrack init` creates one\n",
        ),
        ("ls \x1b[2J", 2, None),
        ("lss", 2, None),
        ("ls --limit x", 2, None),
        ("show", 2, None),
        ("", 2, None),
    ],
)
def test_each_mistake_has_its_exit_code_and_a_message_without_a_traceback(command, line, code, message):
    actual, out, err = command(line)
    assert (actual, out) == (code, "")
    assert err == message if message else "Traceback" not in err
    assert "\x1b" not in err


@pytest.mark.parametrize("line", ["", "--store /tmp"])
def test_no_command_at_all_is_a_mistake_that_all_of_the_help_answers(command, line):
    help_code, help_text, _ = command("--help")
    assert command(line) == (2, "", help_text)
    assert (help_code, help_text.splitlines()[0]) == (0, "Usage: nbtrack [OPTIONS] COMMAND [ARGS]...")


def test_an_ambiguous_prefix_lists_the_candidates(command):
    code, out, err = command("show 7k")
    assert (code, out) == (1, "")
    assert FOREST in err
    assert SVM in err


def test_no_user_text_reaches_the_terminal_unescaped(command):
    for line in ("ls", "show 8abc", "diff 8abc 7k3", "compare", "ls --json", "doctor"):
        _, out, err = command(line)
        assert all(part.isprintable() for part in (out + err).splitlines()), line


def test_a_line_with_an_open_quote_is_a_usage_error(store):
    with pytest.raises(UsageError, match="No closing quotation in: ls 'x"):
        run_line("ls 'x", store)


def test_every_command_says_what_it_does(command):
    for name in cli.commands:
        code, out, _ = command(f"{name} --help")
        assert code == 0
        assert out.startswith(f"Usage: nbtrack {name}")


def nbtrack(*words, cwd, **environment):
    code = "import sys; from nbtrack.hosts.cli import main; main()"
    plain = {
        key: value for key, value in os.environ.items() if not key.startswith(("NBTRACK", "COLUMNS", "FORCE_COLOR"))
    }
    arguments = [sys.executable, "-c", code, *words]
    return subprocess.run(arguments, cwd=cwd, env=plain | environment, capture_output=True, text=True, check=False)


def test_a_process_finds_the_store_above_it_and_prints_plain_lines_when_piped(tmp_path):
    assert nbtrack("init", cwd=tmp_path).stdout == f"created a store in {tmp_path / '.nbtrack'}\n"
    fill(open_store(tmp_path))
    (tmp_path / "deeper").mkdir()
    done = nbtrack("ls", "params.depth = 8", cwd=tmp_path / "deeper")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].split()[:3] == ["7k3m9q", "forest", "finished"]
    assert "\x1b" not in done.stdout


def test_reading_where_there_is_no_store_creates_none(tmp_path):
    (tmp_path / ".git").mkdir()
    assert nbtrack("ls", cwd=tmp_path).stdout == "no runs\n"
    assert [path.name for path in tmp_path.iterdir()] == [".git"]


def test_init_twice_says_there_is_a_store(tmp_path):
    nbtrack("init", cwd=tmp_path)
    assert nbtrack("init", cwd=tmp_path).stdout == f"there is a store in {tmp_path / '.nbtrack'}\n"


def test_a_store_that_cannot_be_read_is_code_3(tmp_path):
    (tmp_path / ".nbtrack").mkdir()
    (tmp_path / ".nbtrack" / "store.json").write_text("{")
    done = nbtrack("ls", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)


def test_a_terminal_without_unicode_shows_escapes(tmp_path):
    record(open_store(tmp_path / ".nbtrack"), FOREST, "größe 🌲", {}, {})
    done = nbtrack("ls", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "gr\\xf6\\xdfe" in done.stdout


@pytest.mark.slow
def test_a_closed_pipe_ends_quietly(tmp_path):
    store = open_store(tmp_path / ".nbtrack")
    for number in range(40):
        record(store, f"20261121t101530-{number:08d}", "x", {"text": "x" * 100_000}, {})
    code = "import sys; from nbtrack.hosts.cli import main; main(['ls', '--json'])"
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=-1, stderr=-1, text=True) as run:
        run.stdout.read(10)
        run.stdout.close()
        assert (run.stderr.read(), run.wait()) == ("", 141)


@pytest.mark.slow
def test_a_piped_table_has_a_sane_width_unless_all_of_it_is_asked_for(tmp_path):
    store = open_store(tmp_path / ".nbtrack")
    for number, run_id in enumerate((FOREST, SVM)):
        record(store, run_id, "wide", {f"parameter_{i}": i + number for i in range(100)}, {})
    for command in ("ls", "compare"):
        piped = nbtrack(command, cwd=tmp_path).stdout
        assert max(map(len, piped.splitlines()[:4])) <= 160
        assert "params.parameter_99" in nbtrack(command, "--wide", cwd=tmp_path).stdout


@pytest.mark.slow
def test_no_page_is_written_when_there_is_nothing_to_compare(tmp_path, command):
    for words in (["compare"], ["compare", "--json"]):
        done = nbtrack(*words, "--html", "page.html", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("nbtrack: no runs to compare")
    page = tmp_path / "page.html"
    assert command(f"compare \"name = 'nobody'\" --html '{page}'") == (
        1,
        "",
        f"nbtrack: no runs to compare; {page} is not written\n",
    )
    assert not page.exists()


def test_a_name_in_place_of_an_id_lists_the_ids_of_that_name(command):
    code, out, err = command("show Forest")
    assert (code, out) == (1, "")
    assert without_times(err) == (
        "nbtrack: 'Forest' is the name of a run, and here an id is needed, or its beginning:\n"
        f"  {FOREST}  YYYY-MM-DD hh:mm  'forest'\n"
    )


def test_diff_lists_the_packages_that_differ(command, store):
    for run_id, versions in ((SVM[:-1] + "1", ("1.0", "2.0")), (SVM[:-1] + "2", ("1.1", "2.0"))):
        packages = dict(zip(("numpy", "pandas"), versions, strict=True))
        kept = store.put(json.dumps({"packages": packages}).encode())
        writer = store.begin(run_id, {"name": "x"})
        writer.append(event.ENVIRONMENT, {"python": "3.13.0", "digest": kept.sha256, "sha256": kept.sha256, "size": 1})
        writer.close("finished", 1)
    _, out, _ = command(f"diff {SVM[:-1]}1 {SVM[:-1]}2")
    lines = words(out)
    assert lines[lines.index(["environment"]) + 1] == ["packages.numpy", "1.0", "→", "1.1"]
    assert "not recorded: metrics, params, source, data, upstream cells, seeds, commit, hardware, tags".split() in lines


def test_a_metric_no_float_can_hold_is_shown_everywhere(store, command, tmp_path):
    for half, number in (("a", 10**400), ("b", -(10**400))):
        writer = store.begin(FOREST[:-1] + half, {"name": "huge"})
        writer.append(event.PARAMS, {"size": {"$i": str(number)}})
        writer.point({"loss": {"$i": str(number)}})
        writer.append(event.METRICS, {"accuracy": number})
        writer.close("finished", 1)
    for line in ("ls", "compare", "compare --json", f"show {FOREST[:-1]}a", f"show {FOREST[:-1]}b --json", "ls --json"):
        assert command(line)[0] == 0, line
    assert command(f"diff {FOREST[:-1]}a {FOREST[:-1]}b")[0] == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("reproduce", "Write %reproduce RUN; %reproduce --help"),
        ("check", "Write %nbtrack check RUN; %nbtrack check --help"),
    ],
)
def test_misuse_in_a_notebook_is_told_in_the_words_of_the_magic(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:

    assert run_line(line, store=MemoryStore()) == 2
    err = capsys.readouterr().err
    assert "Missing argument 'RUN'" in err
    assert told in err
    assert "Usage:" not in err
