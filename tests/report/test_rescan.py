"""A page searched for secrets before it leaves: what it shows, what it carries packed, and nothing that is a program."""

import base64
import zlib

import pytest

from nbtrack.report.rescan import secrets_in

KEY = "AKIA" + "IOSFODNN7EXAMPLE"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def packed(text: str) -> str:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.b64encode(deflater.compress(text.encode()) + deflater.flush()).decode()


def island(name: str, text: str) -> str:
    return f'<script type="text/plain" id="{name}">{text}</script>'


def drawing(text: str) -> str:
    """The data of a plotly figure, of which a page has many."""
    return f'<script type="text/plain" class="nbt-plotly-data">{text}</script>'


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{TOKEN}</p>",
        f"<p>key <b>{KEY}</b></p>",
        f'<p title="{TOKEN}">x</p>',
        "<pre>password = &quot;hunter2hunter2&quot;</pre>",
        island("nbt-report-data", f'{{"params": ["{TOKEN}"]}}'),
        island("nbt-report-data", packed(f'{{"params": ["{TOKEN}"]}}')),
        island("nbt-report-pages", packed('{"password": "hunter2"}')),
        drawing(packed(f'{{"layout": {{"title": "{TOKEN}"}}}}')),
        f"<script>let key = '{TOKEN}'</script>",
        island("nbt-report-data", f"no json {TOKEN}"),
    ],
)
def test_a_secret_is_found_wherever_it_stands(page: str) -> None:
    (found,) = secrets_in(f"<html><body>{page}</body></html>")
    assert not any(secret in str(found) for secret in (KEY, TOKEN, "hunter2"))


@pytest.mark.parametrize(
    "page",
    [
        '<meta http-equiv="Content-Security-Policy" content="script-src \'sha256-CfgxbtKPF57ZVWS7pAWcXvTTV6XWYToD2WKqdvRXYAs=\'">',
        f'<img src="data:image/png;base64,{base64.b64encode(bytes(range(256))).decode()}">',
        "<script>function aVeryLongNameWithManyCAPITALSand123456789(){}</script>",
        island("nbt-report-code", packed("let x = 1")),
        island("nbt-report-data", packed('{"accuracy": 0.95, "run": "20261121t100000-abcdefgh"}')),
        "<p>accuracy 0.9649 of 114 rows</p>",
        island("nbt-report-origin", f'{{"records": {{"20261122t054224-k4j938pw": "{"2bd5d59b140e38d4" * 4}"}}}}'),
        drawing(packed('{"y": {"dtype": "f8", "bdata": "kSFZRIHP7j8ERgqh0zkbP9Ss9XrSqlFA"}}')),
    ],
)
def test_programs_pictures_and_results_are_no_secrets(page: str) -> None:
    assert secrets_in(f"<html><body>{page}</body></html>") == []


def test_a_page_of_any_bytes_is_read() -> None:
    assert secrets_in(island("x", packed("[" * 100_000))) == []
    assert secrets_in("<script" * 1000 + "<style>" * 1000) == []
    deep = "[" * 900 + f'"{TOKEN}"' + "]" * 900
    assert [found.rule for found in secrets_in(island("x", packed(deep)))] == ["github"]


def test_each_says_its_rule_and_place() -> None:
    page = "\n".join(
        [
            "<p>one [redacted:name]</p>",
            "<p>two</p><p",
            f'title="is {TOKEN}">{KEY}',
            "and password = &quot;hunter2hunter2&quot; too</p><style>",
            f".a {{ content: '{TOKEN}' }}",
            "</style>",
            island("data", packed(f'{{"params": {{"model": [1, "{TOKEN}"], "{KEY}": 2}}, "note": "[redacted:name]"}}')),
            island("words", f"no json {TOKEN}"),
        ]
    )
    assert [str(found) for found in secrets_in(page)] == [
        "line 3 (rule aws)",
        "line 4, after 'and password = \"' (rule name)",
        "in an attribute of <p>, line 2, after 'is ' (rule github)",
        'in a style, line 5, after ".a { content: \'" (rule github)',
        "in the data data, under params / model / 1 (rule github)",
        "in the data data, under params (rule aws)",
        "in the data words, line 1, after 'no json ' (rule github)",
    ]
