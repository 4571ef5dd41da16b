"""Names with labels: of sites, of what calls tell, and what of it is known without them."""

import ast

from nbtrack.capture.results.labels import Labels
from nbtrack.capture.results.told import Told
from nbtrack.capture.syntax.instrument import instrument
from nbtrack.capture.syntax.names import name_sites
from nbtrack.capture.syntax.tee import Site


def site(cell: str, kind: str = "metric") -> Site:
    sites = instrument(ast.parse(cell), {})
    name_sites(sites)
    return next(each for each in sites if each.kind == kind)


LOOP = "for m in models:\n    acc = accuracy_score(y, m)"


def test_a_score_of_each_thing_is_one_value_under_its_name() -> None:
    found, label = Labels().called(site(LOOP), None, ["svm"])
    assert (found.name, label, found.repeats) == ("acc.svm", ".svm", False)


def test_without_a_label_a_site_is_what_it_was() -> None:
    known = site(LOOP)
    assert Labels().called(known, None, [None]) == (known, "")


def test_in_a_comprehension_the_key_or_the_thing_names_a_score() -> None:
    known = site("scores = {k: accuracy_score(y, m) for k, m in models.items()}")
    found, _ = Labels().called(known, None, ["svm"])
    assert (found.name, found.repeats) == ("scores.svm", False)


def test_what_is_recorded_under_all_labels_of_a_name_is_recorded() -> None:
    labels = Labels()
    told = labels.told(Told({"acc": 0.5}), ".svm")
    assert (told.singles, labels.base("acc.svm")) == ({"acc.svm": 0.5}, "acc")
    assert labels.has([0.5], {"acc.svm": 0.5})
    assert not labels.has([0.75], {"acc.svm": 0.5})
