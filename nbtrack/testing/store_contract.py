"""What every store promises, as tests: a new back-end inherits them and says how one of its stores is made.

    class TestPostgresStore(StoreContract):
        @pytest.fixture
        def store(self, database: str) -> Iterator[Store]:
            with PostgresStore(database) as store:
                yield store

Each test gets an empty store from the ``store`` fixture. A back-end that cannot keep a promise overrides its test with
a skip that says why. Needs pytest and hypothesis. To see the values of a failed comparison, write
``pytest.register_assert_rewrite("nbtrack.testing.store_contract")`` in a ``conftest.py``.
"""

import json
import math
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinydb import where

from nbtrack.errors import (
    AmbiguousRun,
    LimitExceeded,
    MetricNotFound,
    ObjectMissing,
    RunClosed,
    RunNotFound,
    StoreReadOnly,
    UsageError,
)
from nbtrack.model.ids import new_run_id
from nbtrack.store.base import Store
from nbtrack.store.objects.hashing import LARGE

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
HEALTHY = {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0, "divergent": 0}
SHARED = (HealthCheck.function_scoped_fixture, HealthCheck.differing_executors)


class StoreContract:
    """The promises of ``store.base.Store``. Inherit from it and give a ``store`` fixture."""

    @pytest.fixture
    def run_id(self) -> str:
        """Return the id of a run that no store has."""
        return new_run_id()

    def test_an_empty_store_has_no_runs(self, store: Store) -> None:
        assert list(store.runs().documents) == []

    def test_several_things_are_recorded_together_or_not_at_all(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "r", "experiment": "e"})
        writer.append_all([("params", {"a": 1}, {"a": "cell"}), ("params", {"a": 2}, None), ("note", "n", None)])
        with pytest.raises(LimitExceeded):
            writer.append_all([("params", {"b": 1}, None), ("note", "x" * 2**21, None)])
        writer.append("params", {"c": 3})
        writer.close("finished", 0.0)
        document = store.read(run_id)
        assert (document["params"], document["note"]) == ({"a": 2, "c": 3}, "n")
        assert (document["sources"]["params"], document["health"]) == ({"a": "cell"}, HEALTHY)
        with pytest.raises(RunClosed):
            writer.append_all([("note", "late", None)])

    def test_several_runs_are_annotated_together(self, store: Store) -> None:
        runs = [new_run_id() for _ in range(3)]
        for run_id in runs:
            store.begin(run_id, {"name": "r", "experiment": "e"}).close("finished", 0.0)
        store.annotate_all([(run_id, "tags", {"at": place}) for place, run_id in enumerate(runs)])
        store.annotate_all([(runs[0], "note", "one"), (runs[0], "note", "two")])
        store.annotate_all([])
        assert [store.read(run_id)["tags"] for run_id in runs] == [{"at": 0}, {"at": 1}, {"at": 2}]
        assert store.read(runs[0])["note"] == "two"
        with pytest.raises(RunNotFound):
            store.annotate_all([(new_run_id(), "note", "nobody's")])

    def test_many_points_are_added_together_or_not_at_all(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "r", "experiment": "e"})
        writer.points([(0, {"loss": 1.0}), (1, {"loss": 0.5, "acc": 0.1}), (4, {"loss": {"$float": "nan"}})])
        with pytest.raises(LimitExceeded):
            writer.points([(5, {"loss": 0.25}), (2**63, {"loss": 0.2})])
        writer.points([])
        writer.point({"loss": 0.125})
        writer.close("finished", 0.0)
        loss = store.points(run_id, "loss")
        assert (loss.steps, loss.values[:2], loss.values[3:]) == ((0, 1, 4, 5), (1.0, 0.5), (0.125,))
        assert math.isnan(loss.values[2])
        assert store.read(run_id)["curves"]["acc"] == {"last": 0.1, "min": 0.1, "max": 0.1, "count": 1, "step": 1}
        assert store.read(run_id)["health"] == HEALTHY
        with pytest.raises(RunClosed):
            writer.points([(6, {"loss": 0.1})])

    def test_a_run_is_what_was_recorded(self, store: Store, run_id: str) -> None:
        writer = store.begin(
            run_id, {"name": "first", "experiment": "trees", "notebook": "a.ipynb", "hardware": {"gpu": "A"}}
        )
        writer.append("cell", {"source": "x = 1", "id": "c1", "count": 3})
        writer.append("params", {"lr": 0.1, "depth": 3}, {"lr": "argument"})
        writer.append("params", {"lr": 0.2}, {"lr": "SVC(...)"})
        writer.append("metrics", {"accuracy": 0.9}, {"accuracy": "last expression"})
        writer.point({"loss": 2.0})
        writer.point({"loss": 1.0})
        writer.append("tags", {"team": "nlp", "stage": "draft"})
        writer.append("tags", {"stage": None})
        writer.append("note", "good")
        writer.append("artifact", {"name": "m.bin", "sha256": "0" * 64, "size": 3, "media_type": "x/y"})
        writer.append("data", [{"path": "d.csv", "mode": "r"}])
        writer.append("warning", "no hash of d.csv")
        writer.append("from the future", {"anything": 1})
        writer.close("finished", 1.5)
        document: dict[str, Any] = dict(store.read(run_id))
        assert document.pop("ended") >= document.pop("started") > 0
        document.pop("sealed")
        assert document == {
            "id": run_id,
            "name": "first",
            "experiment": "trees",
            "status": "finished",
            "duration": 1.5,
            "params": {"lr": 0.2, "depth": 3},
            "metrics": {"loss": 1.0, "accuracy": 0.9},
            "curves": {"loss": {"last": 1.0, "min": 1.0, "max": 2.0, "count": 2, "step": 1}},
            "tags": {"team": "nlp"},
            "note": "good",
            "sources": {"params": {"lr": "SVC(...)"}, "metrics": {"accuracy": "last expression"}},
            "cell": {"source": "x = 1", "id": "c1", "count": 3},
            "notebook": "a.ipynb",
            "session": None,
            "artifacts": [{"name": "m.bin", "sha256": "0" * 64, "size": 3, "media_type": "x/y"}],
            "data": [{"path": "d.csv", "mode": "r"}],
            "code": None,
            "environment": None,
            "hardware": {"gpu": "A"},
            "warnings": ["no hash of d.csv"],
            "error": None,
            "deleted": False,
            "health": HEALTHY,
            "condition": "whole",
        }
        assert store.runs().documents[0] == store.read(run_id)

    @settings(max_examples=40, suppress_health_check=SHARED, deadline=None)
    @given(value=JSON)
    def test_whatever_json_goes_in_comes_out(self, store: Store, value: Any) -> None:
        run_id = new_run_id()
        writer = store.begin(run_id, {"name": "x"})
        writer.append("params", {"p": value})
        writer.close("finished", 0.0)
        assert json.dumps(store.read(run_id)["params"]["p"]) == json.dumps(value)

    @settings(max_examples=30, suppress_health_check=SHARED, deadline=None)
    @given(values=st.lists(st.floats() | st.integers(-(2**70), 2**70), min_size=1, max_size=8), name=st.text())
    def test_whatever_number_is_logged_comes_back(self, store: Store, values: list[float], name: str) -> None:
        run_id = new_run_id()
        writer = store.begin(run_id, {"name": "x"})
        for value in values:
            writer.point({name: value})
        writer.close("finished", 0.0)
        history = store.points(run_id, name)
        assert history.steps == tuple(range(len(values)))
        assert list(map(repr, history.values)) == [repr(float(value)) for value in values]

    def test_a_running_run_is_seen_with_what_it_has_so_far(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})
        writer.point({"loss": 3.0})
        assert [(run["status"], run["metrics"]) for run in store.runs().documents] == [("running", {"loss": 3.0})]
        writer.point({"loss": 2.0})
        assert [(run["status"], run["metrics"]) for run in store.runs().documents] == [("running", {"loss": 2.0})]
        writer.close("failed", 1.0)
        assert [run["status"] for run in store.runs().documents] == ["failed"]

    def test_the_same_table_is_returned_while_nothing_changes(self, store: Store, run_id: str) -> None:
        store.begin(run_id, {"name": "x"}).close("finished", 1.0)
        first = store.runs()
        assert store.runs() is first

    def test_points_are_in_step_order_and_a_missing_step_continues_the_series(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})
        writer.point({"loss": 1.0}, 10)
        writer.point({"loss": 2.0}, 5)
        writer.point({"loss": 3.0, "acc": 0.5})
        assert store.points(run_id, "loss")[:2] == ((5, 10, 11), (2.0, 1.0, 3.0))
        assert store.points(run_id, "acc")[:2] == ((11,), (0.5,))
        assert store.read(run_id)["curves"]["loss"] == {"last": 3.0, "min": 1.0, "max": 3.0, "count": 3, "step": 11}

    def test_nan_and_infinity_are_kept_but_are_no_extremes(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})
        for value in (1.0, math.inf, math.nan, -math.inf, 2.0):
            writer.point({"loss": value})
        writer.close("finished", 1.0)
        assert store.read(run_id)["curves"]["loss"] == {"last": 2.0, "min": 1.0, "max": 2.0, "count": 5, "step": 4}
        assert repr(store.points(run_id, "loss").values) == "(1.0, inf, nan, -inf, 2.0)"

    def test_single_values_are_a_history_too(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})
        writer.append("metrics", {"f1": 0.5})
        writer.append("metrics", {"f1": 0.75})
        assert store.points(run_id, "f1")[:2] == ((0, 1), (0.5, 0.75))

    def test_an_unknown_metric_is_an_error_that_names_the_nearest(self, store: Store, run_id: str) -> None:
        store.begin(run_id, {"name": "x"}).point({"accuracy": 1.0})
        with pytest.raises(MetricNotFound, match="did you mean 'accuracy'"):
            store.points(run_id, "acuracy")

    def test_an_ended_run_takes_nothing_more_and_closing_twice_does_nothing(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})
        writer.close("finished", 1.0)
        writer.close("failed", 2.0)
        with pytest.raises(RunClosed):
            writer.append("note", "late")
        with pytest.raises(RunClosed):
            writer.point({"loss": 1.0})
        assert (store.read(run_id)["status"], store.read(run_id)["duration"]) == ("finished", 1.0)

    def test_later_changes_win_over_the_run_and_over_earlier_ones(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})
        writer.append("tags", {"stage": "draft", "team": "nlp"})
        writer.append("note", "first")
        writer.close("finished", 1.0)
        store.annotate(run_id, "tags", {"stage": "final", "team": None})
        store.annotate(run_id, "note", "second")
        store.annotate(run_id, "note", "third")
        (run,) = store.runs().documents
        assert (run["tags"], run["note"]) == ({"stage": "final"}, "third")
        assert store.read(run_id) == run

    def test_a_deleted_run_is_hidden_but_found_by_its_id_and_can_be_restored(self, store: Store, run_id: str) -> None:
        store.begin(run_id, {"name": "x"}).close("finished", 1.0)
        store.annotate(run_id, "delete", value=True)
        assert (len(store.runs()), store.runs().find(run_id)["deleted"]) == (0, True)
        store.annotate(run_id, "delete", value=False)
        assert len(store.runs()) == 1

    def test_only_a_run_that_exists_can_be_changed_or_read(self, store: Store, run_id: str) -> None:
        with pytest.raises(RunNotFound):
            store.annotate(run_id, "note", "x")
        with pytest.raises(RunNotFound):
            store.read(run_id)
        with pytest.raises(RunNotFound):
            store.points(run_id, "loss")

    def test_a_run_id_is_used_once(self, store: Store, run_id: str) -> None:
        store.begin(run_id, {"name": "x"})
        with pytest.raises(UsageError, match="already"):
            store.begin(run_id, {"name": "y"})

    @settings(max_examples=60, suppress_health_check=SHARED, deadline=None)
    @given(
        text=st.text() | st.sampled_from(["../../x", "/etc/passwd", "..", "20261121t101530-7k3m9q2x/../x", "a\x00b"])
    )
    def test_text_that_is_not_a_run_id_never_becomes_a_run(self, store: Store, text: str) -> None:
        with pytest.raises(UsageError):
            store.begin(text, {"name": "x"})
        for ask in (
            lambda: store.read(text),
            lambda: store.points(text, "m"),
            lambda: store.annotate(text, "note", "n"),
        ):
            with pytest.raises(RunNotFound):
                ask()
        with pytest.raises(ObjectMissing):
            store.get(text)

    def test_a_record_over_one_mebibyte_is_refused_and_leaves_nothing(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})
        with pytest.raises(LimitExceeded):
            writer.append("note", "n" * (1 << 20))
        with pytest.raises(LimitExceeded):
            writer.point({f"{k:05}" * 3: 1.0 for k in range(60_000)})
        writer.append("note", "short")
        assert (store.read(run_id)["note"], store.read(run_id)["health"]) == ("short", HEALTHY)

    def test_what_is_not_json_is_refused_and_leaves_nothing(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})
        for wrong in (math.nan, object()):
            with pytest.raises((ValueError, TypeError)):
                writer.append("params", {"p": wrong})  # type: ignore[dict-item]  # that is the test
        assert store.read(run_id)["health"] == HEALTHY

    def test_bytes_are_kept_once_under_their_hash(self, store: Store, tmp_path: Path) -> None:
        file = tmp_path / "model.bin"
        file.write_bytes(b"weights")
        ref = store.put(b"weights")
        assert store.put(file) == ref
        assert (ref.size, store.get(ref.sha256)) == (7, b"weights")
        assert store.get(store.put(b"").sha256) == b""

    def test_an_object_that_is_not_there_is_an_error(self, store: Store) -> None:
        with pytest.raises(ObjectMissing):
            store.get("0" * 64)

    def test_a_large_file_is_kept_once_and_written_to_a_new_file(self, store: Store, tmp_path: Path) -> None:
        file = tmp_path / "large.bin"
        file.write_bytes(b"0123456789abcdef" * (LARGE // 16))
        ref = store.put(file)
        assert (store.put(file), ref.size, store.get(ref.name)) == (ref, LARGE, file.read_bytes())
        store.fetch(ref.name, tmp_path / "again.bin")
        assert (tmp_path / "again.bin").read_bytes() == file.read_bytes()
        with pytest.raises(FileExistsError):
            store.fetch(ref.name, file)
        with pytest.raises(ObjectMissing):
            store.fetch(ref.name[:-1] + "?", tmp_path / "none.bin")
        assert not (tmp_path / "none.bin").exists()

    def test_many_files_are_kept_at_once_and_what_is_no_file_is_told_of(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "one").write_bytes(b"one")
        (tmp_path / "link").symlink_to("one")
        kept = store.put_all([str(tmp_path / name) for name in ("one", "link", "absent")])
        assert [type(each).__name__ for each in kept] == ["ObjectRef", "UsageError", "UsageError"]
        assert kept[0] == store.put(b"one")

    def test_many_texts_are_kept_at_once_each_as_if_by_itself(self, store: Store) -> None:
        texts = [b"one", b"two", b"one", *(b"%d" % number for number in range(40))]
        kept = store.put_texts(texts)
        assert [store.get(ref.name) for ref in kept] == texts
        assert kept == [store.put(text) for text in texts] == store.put_texts(texts)
        assert store.put_texts([]) == []

    def test_a_folder_is_no_object(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="is not a file"):
            store.put(tmp_path)

    def test_runs_are_listed_oldest_first_and_searched_with_tinydb(self, store: Store) -> None:
        ids = [new_run_id(1_790_000_000 + k) for k in range(5)]
        for k in (3, 1, 4, 0, 2):
            writer = store.begin(ids[k], {"name": f"run {k}"})
            writer.append("params", {"k": k})
            writer.close("finished", 1.0)
        table = store.runs()
        assert sorted(run["id"] for run in table.documents) == sorted(ids)
        found = table.search((where("params")["k"] >= 2) & (where("status") == "finished"))
        assert sorted(run["params"]["k"] for run in found) == [2, 3, 4]
        assert [table.documents[run.doc_id]["id"] for run in found] == [run["id"] for run in found]
        assert table.column("params", "k") == [run["params"]["k"] for run in table.documents]

    def test_the_table_cannot_be_written(self, store: Store) -> None:
        table = store.runs()
        for write in (
            lambda: table.insert({"id": "x"}),
            lambda: table.insert_multiple([]),
            table.truncate,
            lambda: table.update({"id": "y"}),
            lambda: table.upsert({"id": "x"}, where("id") == "x"),
            lambda: table.remove(where("id") == "x"),
        ):
            with pytest.raises(StoreReadOnly):
                write()

    def test_a_prefix_finds_a_run_and_an_ambiguous_one_lists_the_candidates(self, store: Store) -> None:
        one, two = "20261121t101530-7k3m9q2x", "20261121t101531-7k3zzzzz"
        store.begin(one, {"name": "one"})
        store.begin(two, {"name": "two"})
        assert store.runs().find("7k3m")["name"] == "one"
        assert store.runs().find(two)["name"] == "two"
        with pytest.raises(AmbiguousRun) as ambiguous:
            store.runs().find("7k3")
        assert [one in str(ambiguous.value), two in str(ambiguous.value), "'two'" in str(ambiguous.value)] == [True] * 3
        with pytest.raises(RunNotFound, match=one):
            store.runs().find("7k3m9q2y")
        with pytest.raises(RunNotFound):
            store.runs().find("")

    def test_threads_may_share_a_writer(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {"name": "x"})

        def work(k: int) -> None:
            for step in range(100):
                writer.point({f"m{k}": float(step)}, step)
                if step % 25 == 0:
                    writer.append("params", {f"p{k}-{step}": step})
                    writer.sync()

        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        writer.close("finished", 1.0)
        run = store.read(run_id)
        assert {name: (curve["count"], curve["last"]) for name, curve in run["curves"].items()} == {
            f"m{k}": (100, 99.0) for k in range(8)
        }
        assert (len(run["params"]), run["health"]) == (32, HEALTHY)

    @pytest.mark.parametrize("step", [2**63, -(2**63), 10**400])
    def test_a_step_that_cannot_be_read_back_is_refused(self, store: Store, run_id: str, step: int) -> None:
        writer = store.begin(run_id, {})
        for far in (2**63 - 1, 1 - 2**63):
            writer.point({"loss": 0.5}, far)
        with pytest.raises(LimitExceeded, match="a step lies between"):
            writer.point({"loss": 1.0}, step)
        with pytest.raises(LimitExceeded, match="a step lies between"):
            writer.point({"loss": 1.0})  # the series is at its end
        writer.close("finished", 1)
        assert store.points(run_id, "loss")[:2] == ((1 - 2**63, 2**63 - 1), (0.5, 0.5))
        assert store.read(run_id)["curves"]["loss"]["count"] == 2

    def test_a_number_no_float_can_hold_is_an_infinity_in_the_history(self, store: Store, run_id: str) -> None:
        writer = store.begin(run_id, {})
        writer.point({"loss": 10**400})
        writer.point({"loss": -(10**400)})
        writer.append("metrics", {"single": 10**400})
        writer.close("finished", 1)
        assert store.points(run_id, "loss").values == (math.inf, -math.inf)
        assert store.points(run_id, "single").values == (math.inf,)

    def test_a_name_is_no_id_but_tells_the_ids_of_the_newest_runs_that_have_it(self, store: Store) -> None:
        ids = [f"20261121t101530-{number:08d}" for number in range(7)]
        for number, each in enumerate(ids):
            store.begin(each, {"name": "Baseline", "started": number * 60_000}).close("finished", 1)
        with pytest.raises(RunNotFound) as error:
            store.runs().find("baseline")
        head, *lines = str(error.value).split("\n")
        assert head == "'baseline' is the name of 7 runs, and here an id is needed, or its beginning; the newest:"
        assert [line.split()[0] for line in lines] == ids[:1:-1]
