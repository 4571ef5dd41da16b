"""Whether what prepares the data is kept with the model."""

from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.query.checklist.known import Known
from nbtrack.query.checklist.preprocessing import preprocessing

FILE = {"kind": "file", "path": "model.joblib", "mode": "write", "sha256": "ab" * 32}
SCALED = "scaler = StandardScaler().fit(X)\nmodel = SVC().fit(scaler.transform(X), y)\n"


@pytest.mark.parametrize(
    ("source", "data", "status", "said"),
    [
        ("model = SVC().fit(X, y)", [], "pass", "no weights were saved"),
        ("model = SVC().fit(X, y)\njoblib.dump(model, 'model.joblib')", [FILE], "pass", "fits a transformer"),
        (SCALED, [], "unknown", "no weights were saved; fitted: scaler (StandardScaler)"),
        (
            SCALED + "joblib.dump(model, 'model.joblib')",
            [FILE],
            "fail",
            "not saved with the model: scaler (StandardScaler)",
        ),
        (SCALED + "joblib.dump((scaler, model), 'model.joblib')", [FILE], "pass", "saved: scaler (StandardScaler)"),
        (SCALED + "both = {'m': model, 's': scaler}\npickle.dump(both, f)", [FILE], "pass", "saved: scaler"),
        (SCALED + "joblib.dump(model, a)\njoblib.dump(scaler, b)", [FILE], "pass", "kept: model.joblib (sha256 abab"),
        (
            "p = make_pipeline(StandardScaler(), SVC()).fit(X, y)\njoblib.dump(p, 'model.joblib')",
            [FILE],
            "pass",
            "p is a pipeline",
        ),
        (
            "p = Pipeline([('s', StandardScaler()), ('m', SVC())])\ng = GridSearchCV(p, {}).fit(X, y)\njoblib.dump(g, 'm')",
            [FILE],
            "pass",
            "g is a pipeline",
        ),
        (
            "p = make_pipeline(StandardScaler(), SVC())\njoblib.dump(other, 'model.joblib')",
            [FILE],
            "fail",
            "StandardScaler",
        ),
        (SCALED, [FILE], "unknown", "which object is in the file cannot be told"),
        ("%%bash\nls", [], "unknown", "cannot be read as Python"),
    ],
)
def test_a_transformer_must_be_in_a_file_that_is_kept(
    source: str, data: list[Any], status: str, said: str, run_of: Callable[..., Run]
) -> None:
    found = preprocessing(Known.of(run_of(source, data=data)))
    assert (found.status, said in "\n".join(found.evidence)) == (status, True), found
