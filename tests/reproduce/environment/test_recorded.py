"""What records say of an environment is data: whatever stands there, it is an environment or it is said to be none."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.errors import EnvironmentMissing
from nbtrack.model import event
from nbtrack.model.run import Run
from nbtrack.reproduce.environment.needed import needed
from nbtrack.reproduce.environment.recorded import is_inside, recorded

MakeRun = Callable[..., Run]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ("python", "implementation", "packages", "origins", "variables", "distributions", "editable")


def run_of(whole: Any, told: Any, imported: Any) -> Run:
    store = nbtrack.MemoryStore()
    with nbtrack.start_run("made", store=store) as opened:
        record = {"sha256": store.put(json.dumps(whole).encode()).sha256, "imported": imported}
        opened.record(event.ENVIRONMENT, {**record, "installed": store.put(json.dumps(told).encode()).sha256})
    return nbtrack.run(opened.id, store=store)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(whole=st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, ANY)), told=ANY, imported=ANY)
def test_anything_in_the_store_is_an_environment_or_none(whole: dict[str, Any], told: Any, imported: Any) -> None:
    run = run_of({"python": "3.12.1", **whole}, told, imported)
    try:
        was = recorded(run)
    except EnvironmentMissing:
        return
    assert all(name in was.distributions for name in was.imported)
    needed(was)


def test_only_what_the_run_used_is_needed_for_its_program(make_run: MakeRun) -> None:
    was = recorded(make_run())
    assert [each.name for each in needed(was, replay=False).pinned] == ["first", "second"]
    assert "ipython" in [each.name for each in needed(was).pinned]


def test_an_environment_that_the_store_has_lost_is_said_to_be_lost(make_run: MakeRun) -> None:
    with nbtrack.start_run("made", store=(store := nbtrack.MemoryStore())) as opened:
        opened.record(event.ENVIRONMENT, {"python": "3.12.1", "sha256": "0" * 64})
    with pytest.raises(EnvironmentMissing, match="has lost the environment"):
        recorded(nbtrack.run(opened.id, store=store))


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        ({"kind": "vcs", "url": "git+https://x.org/a.git", "commit": "a" * 40}, "vcs"),
        ({"kind": "vcs", "url": "git+https://x.org/a.git", "commit": "main"}, "unknown"),
        ({"kind": "vcs", "url": "git+ext::sh -c evil", "commit": "a" * 40}, "unknown"),
        ({"kind": "vcs", "url": "git+https://x.org/a.git --index-url=x", "commit": "a" * 40}, "unknown"),
        ({"kind": "vcs", "url": "hg+https://x.org/a", "commit": "a" * 40}, "unknown"),
        ({"kind": "local", "url": "~/a"}, "local"),
        ({}, "index"),
    ],
)
def test_where_a_package_came_from_is_believed_only_if_it_can_be(
    make_run: MakeRun, origin: dict[str, str], kind: str
) -> None:
    assert recorded(make_run(origins={"first": origin})).distributions["first"].kind == kind


@pytest.mark.parametrize("path", ["/etc", "~/x", "a/../../b", "..", "C:/x", "a\\..\\b", "a\0b", 3, None])
def test_a_path_that_leaves_its_folder_is_none(path: Any) -> None:
    assert not is_inside(path)


@pytest.mark.parametrize("path", [".", "src", "libs/mine/src", "a..b"])
def test_a_path_below_its_folder_is_one(path: str) -> None:
    assert is_inside(path)
