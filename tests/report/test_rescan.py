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
        f"<script>let key = '{TOKEN}'</script>",
        island("nbt-report-data", f"no json {TOKEN}"),
    ],
)
def test_a_secret_is_found_wherever_it_stands(page: str) -> None:
    assert secrets_in(f"<html><body>{page}</body></html>") == 1


@pytest.mark.parametrize(
    "page",
    [
        '<meta http-equiv="Content-Security-Policy" content="script-src \'sha256-CfgxbtKPF57ZVWS7pAWcXvTTV6XWYToD2WKqdvRXYAs=\'">',
        f'<img src="data:image/png;base64,{base64.b64encode(bytes(range(256))).decode()}">',
        "<script>function aVeryLongNameWithManyCAPITALSand123456789(){}</script>",
        island("nbt-report-code", packed("let x = 1")),
        island("nbt-report-data", packed('{"accuracy": 0.95, "run": "20261121t100000-abcdefgh"}')),
        "<p>accuracy 0.9649 of 114 rows</p>",
    ],
)
def test_programs_pictures_and_results_are_no_secrets(page: str) -> None:
    assert secrets_in(f"<html><body>{page}</body></html>") == 0


def test_a_page_of_any_bytes_is_read() -> None:
    assert secrets_in(island("x", packed("[" * 100_000))) == 0
    assert secrets_in("<script" * 1000 + "<style>" * 1000) == 0
