"""What this process is writing, asked of its pens."""

import os
import threading
from pathlib import Path

import nbtrack
from nbtrack.model.curves import Tally
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.at_hand import at_hand


def test_a_run_is_at_hand_from_its_first_record_to_its_seal(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    with nbtrack.start_run("one", store=store) as run:
        run.log(loss=0.5)
        run.log(loss=0.25)
        tally = Tally()
        tally.add(0.5, 0)
        tally.add(0.25, 1)
        growth = at_hand().runs[run.id]
        assert (growth.events, growth.curves) == (1, {"loss": tally.curve()})
    assert run.id not in at_hand().runs
    store.close()


def test_only_points_leave_it_the_same_beside_points(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    before = at_hand().beside_points()
    with nbtrack.start_run("one", store=store) as run:
        begun = at_hand().beside_points()
        run.log(loss=0.5)
        assert begun == at_hand().beside_points()
        run.set_tags(best=True)
        tagged = at_hand().beside_points()
    assert len({before, begun, tagged, at_hand().beside_points()}) == 4
    store.close()


def test_many_threads_log_while_another_asks(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    with nbtrack.start_run("one", store=store) as run:

        def work(name: str) -> None:
            for _ in range(2_000):
                run.log({name: 1.0})

        threads = [threading.Thread(target=work, args=(f"m{each}",)) for each in range(4)]
        for each in threads:
            each.start()
        counts = [0]
        while any(each.is_alive() for each in threads):
            growth = at_hand().runs.get(run.id)
            counts.append(sum(curve["count"] for curve in growth.curves.values()) if growth else counts[-1])
        assert counts == sorted(counts)
        assert sum(curve["count"] for curve in at_hand().runs[run.id].curves.values()) == 8_000
    store.close()


def test_a_forked_child_has_nothing_at_hand(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    with nbtrack.start_run("one", store=store) as run:
        run.log(loss=0.5)
        child = os.fork()
        if not child:
            os._exit(len(at_hand().runs))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert run.id in at_hand().runs
    store.close()
