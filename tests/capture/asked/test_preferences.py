"""A project's preferences: found upwards, read again when they change, and never in the way."""

from pathlib import Path

from nbtrack.capture.asked.preferences import Preferences, Project


def test_the_nearest_file_that_says_something_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.nbtrack]\nmetrics = ["*_auc"]\n')
    (tmp_path / "a" / "pyproject.toml").write_text('[project]\nname = "else"\n')
    project = Project()
    assert project.preferences(inner) == Preferences(("*_auc",))
    (tmp_path / "a" / "nbtrack.toml").write_text('metrics = ["gain_*"]\n')
    assert project.preferences(inner) == Preferences(("gain_*",))


def test_what_cannot_be_used_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "nbtrack.toml"
    file.write_text("metrics = 3\n")
    assert Project().preferences(tmp_path).problem == f"{file}: metrics must be a list of names or patterns, not 3"
    file.write_text("metrcs = []\n")
    assert (
        Project().preferences(tmp_path).problem
        == f"{file}: metrcs is not known; there is: keep_data, metrics, retention"
    )
    file.write_text("metrics = [\n")
    assert Project().preferences(tmp_path).problem.startswith(f"{file} cannot be read: ")


def test_a_broken_pyproject_is_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    assert Project().preferences(tmp_path) == Preferences()
