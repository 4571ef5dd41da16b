"""A variable that was bound anew is told from one that was not, also where its value takes no weak reference."""

import pytest

from nbtrack.capture.session.rebound import rebound, watched

np = pytest.importorskip("numpy")


@pytest.mark.parametrize("kind", ["float64", "float32", "int64", "bool_"])
def test_a_number_of_numpy_is_known_to_be_another(kind: str) -> None:
    names = {name: getattr(np, kind)(1) for name in ("kept", "bound")}
    before = watched(names, names)
    names["bound"] = getattr(np, kind)(0)
    other = {"bound"} if names["bound"] is not names["kept"] else set()
    assert rebound(before, names) == (other, set())


def test_what_holds_data_is_not_kept_alive() -> None:
    names = {"rows": np.zeros(3), "pairs": [1]}
    before = watched(names, names)
    names["rows"] = names["pairs"] = None
    assert rebound(before, names) == ({"rows"}, {"pairs"})
