"""Damage at any byte, formats from elsewhere, clocks and lives: the checks that the mutants are tried with."""

from pathlib import Path

import checks


def test_no_flipped_bit_passes_for_a_record(work: Path) -> None:
    assert checks.with_flipped_bits(work) == []


def test_a_segment_cut_at_any_byte_gives_exactly_its_whole_records(work: Path) -> None:
    assert checks.with_a_cut_at_every_byte(work) == []


def test_any_line_lost_from_a_finished_run_shows(work: Path) -> None:
    assert checks.with_a_lost_line(work) == []


def test_reading_changes_nothing_that_was_stored(work: Path) -> None:
    assert checks.reading_changes(work) == []


def test_later_changes_win_whatever_the_clocks_say(work: Path) -> None:
    assert checks.with_clocks_that_differ(work) == []


def test_a_store_of_a_newer_format_is_refused_or_only_read(work: Path) -> None:
    assert checks.of_a_newer_format(work) == []


def test_a_damaged_index_is_as_good_as_none(work: Path) -> None:
    assert checks.with_a_damaged_index(work) == []


def test_a_run_is_lost_when_its_process_is_gone_and_running_while_it_is_there(work: Path) -> None:
    assert checks.of_lives_and_deaths(work) == []


def test_a_forked_child_and_its_parent_write_in_turns(work: Path) -> None:
    assert checks.with_a_forked_child(work) == []
