"""Which variables changed, whatever was added, deleted and added again, in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.capture.session.identities import Variables, changed, gone

NAMES = ("a", "b", "c", "d", "_i1", "_i2", "In")
steps = st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), max_size=6)


@given(st.lists(steps, max_size=8))
def test_changes_are_told_as_a_comparison_of_all_names_would(cells: list[list[tuple[str, bool]]]) -> None:
    namespace: dict[str, object] = {"a": object(), "In": []}
    variables, kept = Variables(), []
    before, old = variables.snapshot(namespace), dict(namespace)
    for cell in cells:
        for name, sets in cell:
            if len(name) > 1:  # nobody deletes IPython's own names but %reset, which deletes all
                namespace.setdefault(name, object())
                continue
            kept.append(namespace.pop(name, None))  # keeps the old value alive: an identity is never used twice
            if sets:
                namespace[name] = object()
        after = variables.snapshot(namespace)
        own = {name for name in NAMES if len(name) == 1}
        assert changed(before, after) == {n for n in own & namespace.keys() if namespace[n] is not old.get(n)}
        assert gone(before, after) == own & (old.keys() - namespace.keys())
        before, old = after, dict(namespace)
