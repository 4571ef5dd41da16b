"""Saved outputs as a page shows them: streams as a terminal would, the richest form, nbtrack's own not twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from nbtrack.report.ansi import HEAD, TAIL, printed
from nbtrack.report.notebook_file import SavedCell, SavedNotebook, SavedOutput
from nbtrack.report.notebook_outputs import MOST, CellOutput, Displayed, Printed, Told, outputs, shortened
from nbtrack.view.source_words import coloured

PIXEL = "eHg="


def display(metadata: dict[str, Any] | None = None, **data: Any) -> SavedOutput:
    names = {
        name.replace("__", "/").replace("_dot_", ".").replace("_plus_", "+"): value for name, value in data.items()
    }
    return SavedOutput("display", data=names, metadata=metadata or {})


def only(*saved: SavedOutput) -> Any:
    (found,) = shown(saved)
    return found


def shown(saved: Sequence[SavedOutput]) -> tuple[CellOutput, ...]:
    cell = SavedCell(0, "code", "x", outputs=tuple(saved))
    return outputs(shortened(SavedNotebook("study.ipynb", "python", (cell,))).cells[0].outputs)


def text(lines: Any) -> list[str]:
    return ["".join(piece for _, piece in line) for line in lines]


def test_streams_in_a_row_are_one_text() -> None:
    found = shown(
        [SavedOutput("stream", name, word) for name, word in (("stdout", "a"), ("stdout", "b\n"), ("stderr", "c"))]
    )
    assert [(each.kind, text(each.head)) for each in found if isinstance(each, Printed)] == [
        ("stdout", ["ab"]),
        ("stderr", ["c"]),
    ]


def test_a_long_stream_keeps_its_head_and_tail() -> None:
    found = only(SavedOutput("stream", "stdout", "".join(f"{n}\n" for n in range(5_000))))
    assert text(found.head) == [str(n) for n in range(HEAD)]
    assert (found.left_out, text(found.tail)[-1], len(found.tail)) == (5_000 - HEAD - TAIL, "4999", TAIL)


def test_a_progress_bar_is_what_it_showed_last() -> None:
    assert text(printed(" 10%|#  |\r 50%|## |\r100%|###|\n done\r\n")) == ["100%|###|", " done"]


@pytest.mark.parametrize(
    ("written", "pieces"),
    [
        ("\x1b[31mbad\x1b[0m ok", (("red", "bad"), ("", " ok"))),
        ("\x1b[1;38;5;12mblue\x1b[39;22mx", (("blue bold", "blue"), ("", "x"))),
        ("\x1b[38;2;1;2;3mx\x1b[2Ky\x1b]0;title\x07z", (("", "x"), ("", "y"), ("", "z"))),
        ("\x1b[91ma\x1b[m", (("red", "a"),)),
        ("\x1b[999999999999mx", (("", "x"),)),
    ],
)
def test_colours_are_names_of_styles_and_other_escapes_go(written: str, pieces: Any) -> None:
    assert tuple(piece for piece in printed(written)[0] if piece[1]) == pieces


def test_colours_go_on_over_lines_and_wide_lines_are_cut() -> None:
    lines = printed("\x1b[32mone\ntwo\x1b[0m\n" + "x" * 9_000)
    assert lines[:2] == ((("green", "one"),), (("green", "two"),))
    assert text(lines)[2].endswith("… 5,000 more characters")


def test_an_error_has_its_title_and_its_traceback_without_escapes_in_the_title() -> None:
    found = only(SavedOutput("error", "ValueError", "\x1b[1mno\x1b[0m", ("line 1\nline 2", "ValueError: no")))
    assert (found.kind, found.title, text(found.head)) == (
        "error",
        "ValueError: no",
        ["line 1", "line 2", "ValueError: no"],
    )


@pytest.mark.parametrize(
    ("data", "media"),
    [
        ({"text__plain": "x", "text__html": "<b>x</b>"}, "text/html"),
        ({"text__plain": "x", "text__html": "<b>x</b>", "image__png": PIXEL}, "image/png"),
        ({"image__png": PIXEL, "image__svg_plus_xml": "<svg/>"}, "image/svg+xml"),
        ({"text__markdown": "*x*", "text__plain": "x"}, "text/markdown"),
        ({"image__png": "not base64!", "text__html": "<b>x</b>"}, "text/html"),
    ],
)
def test_the_richest_form_that_can_be_shown_is_shown(data: dict[str, Any], media: str) -> None:
    found = only(display(**data))
    assert [each.media_type for each in found.forms] == [media]


def test_a_chart_comes_with_the_picture_that_stands_for_it() -> None:
    found = only(display(application__vnd_dot_plotly_dot_v1_plus_json={"data": []}, image__png=PIXEL))
    assert isinstance(found, Displayed)
    assert [each.media_type for each in found.forms] == ["application/vnd.plotly.v1+json", "image/png"]


def test_plain_text_is_printed() -> None:
    found = only(display(text__plain="array([1,\n       2])"))
    assert (found.kind, text(found.head)) == ("result", ["array([1,", "       2])"])


def test_a_widget_is_named_and_nothing_more() -> None:
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "IntSlider(value=3)"}
    assert only(SavedOutput("display", data=data)) == Told("A widget stood here (IntSlider); its state is not kept.")


def test_what_a_page_cannot_show_is_said() -> None:
    found = only(display(application__javascript="alert(1)"))
    assert found == Told("An output that a page cannot show (application/javascript) is left out.")


@pytest.mark.parametrize("kind", ["card", "runs", "comparison"])
def test_what_nbtrack_displayed_and_the_page_has_elsewhere_is_not_shown_twice(kind: str) -> None:
    found = only(display({"nbtrack": {"kind": kind}}, text__html="<b>old</b>", text__plain="old"))
    assert isinstance(found, Told)
    assert found.ours


def test_an_answer_of_nbtrack_is_shown_as_a_console_showed_it() -> None:
    found = only(display({"nbtrack": {"kind": "diff"}}, text__html="<script>", text__plain="A  B"))
    assert (found.kind, text(found.head)) == ("result", ["A  B"])
    assert outputs([display({"nbtrack": {"kind": "progress"}}, text__html="", text__plain="")]) == ()


def test_a_mark_of_another_shape_is_anybodys_output() -> None:
    assert isinstance(only(display({"nbtrack": ["card"]}, text__html="<b>x</b>")), Displayed)
    assert isinstance(only(display({"nbtrack": {"kind": ["card"]}}, text__plain="x")), Printed)


def test_outputs_are_bounded_in_number() -> None:
    found = outputs([display(text__plain=str(n)) for n in range(MOST + 7)])
    assert (len(found), found[-1]) == (MOST + 1, Told("7 more outputs are left out."))


@pytest.mark.parametrize(
    "source",
    [
        "%%track a\n@property\ndef f(x=1.5e3):\n    '''doc\n  x'''\n    return f\"a{x}\" + b'\\'' # c\n!ls\n",
        'x = \'open\ny = """never closed\nz',
        "\tif x % 2:\n\t\tpass",
        "a" * 5_000,
        "",
        "'" * 999 + '"' * 998,
    ],
)
def test_coloured_words_are_the_whole_source(source: str) -> None:
    lines = coloured(source)
    assert "\n".join(text(lines)) == source.expandtabs(4).rstrip("\n")
    assert max((len(word) for line in lines for _, word in line), default=0) <= 1_800


def test_words_have_the_kinds_that_the_comparison_colours() -> None:
    assert coloured("def f(): return 1 # one")[0] == (
        ("keyword", "def"),
        ("", " "),
        ("name", "f"),
        ("", "(): "),
        ("keyword", "return"),
        ("", " "),
        ("number", "1"),
        ("", " "),
        ("comment", "# one"),
    )
    assert coloured("%%track x\nclass_ = 5 % 3")[0] == (("magic", "%%track x"),)


@pytest.mark.parametrize(("source", "language"), [("def f(): 1", "julia"), ("%%bash\nfor x in 1", "python")])
def test_another_language_is_not_coloured_as_python(source: str, language: str) -> None:
    assert all(kind == "" for line in coloured(source, language) for kind, _ in line)
