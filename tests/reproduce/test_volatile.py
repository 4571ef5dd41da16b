"""What is different every time is taken out of outputs; what a program says is not."""

import time

import pytest

from nbtrack.reproduce.volatile import steady


@pytest.mark.parametrize(
    ("one", "other", "media"),
    [
        ("<a.B object at 0x7f00aa>", "<a.B object at 0x55d4c0ffee>", "text/plain"),
        ("CPU times: user 3 ms, sys: 1 ms\nWall time: 4 ms", "CPU times: total: 2 s\nWall time: 9 s", "text/plain"),
        ("1.2 ms ± 30 μs per loop (mean ± std. dev. of 7 runs)", "9 s ± 1 s per loop (mean ± std. dev. of 3 runs)", "text/plain"),
        ("45/100 [00:01<00:02, 27.04it/s]", "45/100 [00:09<?, ?it/s]", "text/plain"),
        ("12/12 ━━━━ 1s 12ms/step - loss: 0.3", "12/12 ━━━━ 0s 3ms/step - loss: 0.3", "text/plain"),
        ("training took 1.23 s", "training took 2 min 3 s", "text/plain"),
        ("| elapsed:    0.1s finished", "| elapsed:    7.9s finished", "text/plain"),
        ("[CV] END C=1; total time=   0.0s", "[CV] END C=1; total time=   0.4s", "text/plain"),
        ("2026-11-21 16:17:58,123 INFO a", "2026-11-22 01:02:03,999 INFO a", "text/plain"),
        ("Date:   Sat, 21 Nov 2026   R: 1\nTime:   16:17:58   L: 2", "Date:   Sun, 22 Nov 2026   R: 1\nTime:   01:17:58   L: 2", "text/plain"),
        ("<th>Time:</th>  <td>16:17:58</td>", "<th>Time:</th>  <td>01:17:58</td>", "text/html"),
        ("/tmp/ipykernel_31/17.py:3: UserWarning: x", "<ipython-input-5-8ff40b48c730>:3: UserWarning: x", "text/plain"),
        ("/home/a/v/lib/python3.11/site-packages/x.py:1: W", "/srv/b/site-packages/x.py:1: W", "text/plain"),
        ("#T_1a2b3_row0 {}", "#T_ff00e_row0 {}", "text/html"),
        ('<div id="sk-container-id-7">', '<div id="sk-container-id-1">', "text/html"),
        ('<div id="0f0f0f0f-1111-4222-8333-444455556666">', '<div id="9f0f0f0f-1111-4222-9333-444455556666">', "text/html"),
        ('<path clip-path="url(#p1a2b3c4d5e)"/>', '<path clip-path="url(#pffffffffff)"/>', "image/svg+xml"),
        ("<dc:date>2026-11-21</dc:date>", "<dc:date>2027-01-01</dc:date>", "image/svg+xml"),
        ('{"name": "view_1"}', '{"name": "view_7"}', "application/vnd.vegalite.v5+json"),
        ("%PDF /CreationDate (D:20261121)", "%PDF /CreationDate (D:2027)", "application/pdf"),
    ],
)  # fmt: skip
def test_what_is_volatile_is_the_same(one: str, other: str, media: str) -> None:
    assert steady(one, media) == steady(other, media)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("r2 = 0.94", "r2 = 0.95"),
        ("2026-11-21", "2026-11-22"),
        ("16:17:58", "16:17:59"),
        ("mean waiting time: 3.2 min", "mean waiting time: 4.1 min"),
        ("survival time 3 months", "survival time 4 months"),
        ("it took 3 values", "it took 4 values"),
        ("0f0f0f0f-1111-4222-8333-444455556666", "9f0f0f0f-1111-4222-9333-444455556666"),
        ("/data/a.csv", "/data/b.csv"),
        ("T_1a2b3", "T_1a2b4"),
    ],
)
def test_what_a_program_says_is_compared(one: str, other: str) -> None:
    assert steady(one) != steady(other)


def test_folders_that_are_elsewhere_are_the_same() -> None:
    names = {"/home/a/project": "<0>", "/tmp/replay/1": "<0>"}
    assert steady("saved to /home/a/project/m.pkl", paths=names) == steady("saved to /tmp/replay/1/m.pkl", paths=names)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["/", "a", "1.", "a_", "T_", "Date: ", "took 1s ", "/a/lib", '"', "<td ", "(\\(", "/ID ["]
)
def test_no_text_takes_long(piece: str) -> None:
    before = time.process_time()
    steady(piece * (300_000 // len(piece)), "text/html")
    assert time.process_time() - before < 5
