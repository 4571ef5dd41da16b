"""A stream's transcript: what a terminal would still show, the first and the last of it."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.capture.outputs.streams import KEPT, Transcript, as_shown


def kept(*texts: object) -> str:
    transcript = Transcript()
    for text in texts:
        transcript.write(text)
    return transcript.clean()[0]


def test_what_was_written_is_kept() -> None:
    assert kept("a", "\n", "b") == "a\nb"
    assert kept() == ""


def test_of_a_long_text_the_beginning_and_the_end_are_kept() -> None:
    lines = [f"line {number}\n" for number in range(100_000)]
    text = "".join(lines)
    first, middle, last = kept(*lines).partition("\n[… ")
    assert text.startswith(first)
    assert (len(first), middle) == (KEPT, "\n[… ")
    count, _, end = last.partition(" characters left out …]\n")
    assert text.endswith(end)
    assert (len(end), int(count.replace(",", ""))) == (KEPT, len(text) - 2 * KEPT)


@pytest.mark.parametrize("size", [50_000, 100_000, 500_000, 1_100_000])
def test_writing_in_large_pieces_keeps_the_same_as_writing_in_small_ones(size: int) -> None:
    text = "".join(f"{number:09}\n" for number in range(120_000))
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    small, large = kept(*text.splitlines(keepends=True)), kept(*pieces)
    assert (large[:KEPT], large[-KEPT:]) == (small[:KEPT], small[-KEPT:])


def test_memory_stays_small_however_much_is_written() -> None:
    transcript = Transcript()
    for piece in ("x" * 3, "y" * 200_000, "z" * 3_000_000):
        for _ in range(200):
            transcript.write(piece)
    held = [transcript._head, transcript._tail, transcript._line, *transcript._pending]
    assert sum(map(len, held)) < 1_500_000


def test_a_progress_bar_is_one_line() -> None:
    bar = [f"\r{percent}%|{'#' * percent}" for percent in range(101)]
    assert kept("start\n", *bar, "\n", "end") == f"start\n100%|{'#' * 100}\nend"
    assert kept(*bar, "\r") == f"100%|{'#' * 100}"


def test_long_progress_does_not_push_out_what_was_printed_between() -> None:
    bar = [f"\r{percent}%|{'#' * percent}" for percent in range(101)] * 100
    epochs = [[*bar, "\n", f"epoch {number}\n"] for number in range(5)]
    text = kept(*(piece for epoch in epochs for piece in epoch))
    assert [line for line in text.splitlines() if "epoch" in line] == [f"epoch {number}" for number in range(5)]
    assert text.count("100%") == 5


def test_windows_line_ends_colours_and_backspaces_are_read_as_a_terminal_does() -> None:
    assert as_shown("a\r\nb\r\n") == "a\nb\n"
    assert as_shown("\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07") == "red link"
    assert as_shown("Working |\b/\b-\bdone") == "Working done"
    assert as_shown("10 [===]" + "\b" * 8 + "20 [===]") == "20 [===]"
    assert as_shown("\x1b[2K\r") == "\r"


@given(st.lists(st.text("ab\r\n\x08\x1b[m1", max_size=8), max_size=20))
def test_where_the_pieces_end_does_not_matter(pieces: list[str]) -> None:
    assert kept(*pieces) == kept("".join(pieces))


def test_a_colour_cannot_hide_a_secret() -> None:
    text, found = _written("password = 'hun\x1b[31mter22x'\n")
    assert (text, found) == ("password = '[redacted:name]'\n", 1)


@pytest.mark.parametrize("at", range(KEPT - 60, KEPT + 10, 7))
def test_a_secret_that_the_cut_goes_through_is_redacted_on_both_sides(at: int) -> None:
    secret = "password = 'hunter22xQ9'\n"
    noise = "y" * 99 + "\n"
    text = _written("x" * (at - 1) + "\n" + secret + noise * 5000 + secret + "z" * (at - 1))[0]
    assert "hunter" not in text
    assert "22xQ9" not in text


def test_what_is_no_text_is_passed_over_and_a_subclass_is_not_asked() -> None:
    class Loud(str):
        __slots__ = ()

        def __len__(self) -> int:
            raise AssertionError

        __str__ = __len__  # type: ignore[assignment]

    assert kept(b"bytes", 7, None, Loud("text")) == "text"


def test_threads_may_write_at_once() -> None:
    transcript = Transcript()

    def work(name: str) -> None:
        for _ in range(500):
            transcript.write(f"{name}\n")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(transcript.clean()[0].split()) == sorted("abcd" * 500)


def _written(text: str) -> tuple[str, int]:
    transcript = Transcript()
    transcript.write(text)
    return transcript.clean()


@pytest.mark.parametrize("size", [1000, 70_000, 400_000])
def test_pieces_that_wait_together_keep_the_same_as_one_text(size: int) -> None:
    text = "".join(f"line {number}\n" for number in range(200_000))
    whole, pieces = Transcript(), Transcript()
    whole.write(text)
    pieces._pending.extend(text[at : at + size] for at in range(0, len(text), size))
    pieces._settle()
    assert pieces.clean() == whole.clean()
