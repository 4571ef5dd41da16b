"""Settings that stand in the cell and in no param."""

from typing import Any

import pytest

from nbtrack.query.checklist.hardcoded import hardcoded
from nbtrack.query.checklist.sources import Sources, Text, parsed


def missing(source: str, **params: Any) -> list[str]:
    tree = parsed(source)
    return [each.name for each in hardcoded(Sources((Text("In [1]", tree, own=True),), ()), params)]


@pytest.mark.parametrize(
    ("source", "params", "expected"),
    [
        ("SVC(C=0.3)", {"C": 0.3}, []),
        ("SVC(C=0.3)", {}, ["C"]),
        ("make_pipeline(SVC(C=0.3))", {"svc__C": 0.3}, []),
        ("lr = 0.1", {"lr": 0.2}, []),
        ("lr = 0.1", {}, ["lr"]),
        ("Ridge(-0.5)", {}, ["Ridge(argument 1)"]),
        ("Ridge(-0.5)", {"alpha": -0.5}, []),
        ("model.fit(X, y, epochs=3)", {}, ["epochs"]),
        ("total = 0\n_hidden = 3\nname = 'x'", {}, []),
        ("df.head(3); plt.figure(figsize=(3, 4)); print(1); range(10); ax.plot(x, lw=2)", {}, []),
        ("RandomForestClassifier(n_jobs=4, verbose=1)", {}, []),
        ("SVC(C=c)", {}, []),
    ],
)
def test_what_is_set_and_not_captured_is_listed(source: str, params: dict[str, Any], expected: list[str]) -> None:
    assert missing(source, **params) == expected
