"""Whether one group of repeated runs is better than another: as the front end judges it, and never surer than the data."""

import pytest

from nbtrack.query.better import judge

LOW, HIGH = [0.90, 0.91, 0.92], [0.95, 0.96, 0.97]


def test_groups_far_apart_pass_by_welch() -> None:
    found = judge(LOW, HIGH)
    assert (found.kind, found.by, found.pairs) == ("apart", "Welch", 1)
    assert found.p == found.corrected == pytest.approx(0.0036, abs=1e-4)  # t = 6.12 with 4 degrees of freedom


def test_one_value_tells_nothing_about_spread() -> None:
    assert judge([0.9], HIGH).kind == "few"
    assert judge([0.9], HIGH).ranks is None


def test_groups_without_any_spread_are_not_tested() -> None:
    assert judge([0.9, 0.9], [0.8, 0.8]).kind == "still"


def test_values_that_are_mostly_tied_are_judged_by_ranks() -> None:
    found = judge([0.9, 0.9, 0.91, 0.91], [0.93, 0.93, 0.93, 0.93])
    assert found.by == "ranks"
    assert found.p == pytest.approx(2 / 70)  # the two farthest of 8 over 4 arrangements


def test_every_further_group_makes_it_harder() -> None:
    others = [[0.93 + at / 1000, 0.94, 0.95] for at in range(5)]
    alone, among = judge(LOW, HIGH), judge(LOW, HIGH, [LOW, HIGH, *others])
    assert (among.pairs, among.correction) == (21, "Holm")
    assert among.p == alone.p < among.corrected


def test_of_many_groups_every_pair_counts_by_bonferroni() -> None:
    groups = [[at / 100, at / 100 + 0.01] for at in range(25)]
    found = judge(groups[0], groups[24], groups)
    assert (found.pairs, found.correction) == (300, "Bonferroni")
    assert found.corrected == min(1.0, 300 * found.p)


def test_groups_of_one_run_are_no_pairs() -> None:
    assert judge(LOW, HIGH, [LOW, HIGH, [0.5], [0.6]]).pairs == 1
