r"""What of an output is different every time and means nothing: taken out so that two executions can be compared.

    in any text     addresses of objects (``<Model at 0x7f…>``), what ``%time``, ``%timeit`` and ``%memit`` print, time
                    and speed in progress bars (tqdm, keras), how long something took where the line says so, the
                    clock in lines of the logging module, of TensorFlow, XGBoost and LightGBM, date and time in the
                    summaries of statsmodels, the file names of cells (``/tmp/ipykernel_31/17.py``), where packages lie
    in HTML, SVG    ids that pandas' Styler, scikit-learn, plotly, altair, folium and matplotlib draw or count, the date
                    of an SVG, random UUIDs (version 4)
    in JSON         random UUIDs, and the numbers that altair gives views and params one after the other
    in PDF          dates, the file's id, and which version wrote it

Anything else that differs is different: a date, a path or a number that the program itself writes out is its output.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_UNIT: Final = r"(?:ns|[µμu]s|ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b"
_SPAN: Final = rf"\d[\d.,:]*(?:e[+-]?\d+)?\s*{_UNIT}(?:[ ,]+\d[\d.,]*\s*{_UNIT})*"
_WORKING: Final = (
    "elapsed|total|wall|cpu|run|running|execution|training|train|fitting|fit|inference|prediction|processing"
)
_TOOK: Final = (  # not any time: how long customers wait is a result
    rf"took|elapsed|duration|runtime|(?:{_WORKING})[ _-]?time|^time|(?:done|finished|completed|trained|fitted|ran) in"
)
_START: Final = r"(?<![^\s\"'<>():])(?:[A-Za-z]:)?"  # of a path; anywhere else, looking for one takes quadratic time
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4}"
_GAP: Final = (
    r"(?:\s|&|\\textbf|[{}\\]|</?t[hdr][^<>\n]{0,80}>){1,80}"  # between a heading and its value, in any format
)

_TEXT: Final = (
    (r"\bat 0x[0-9a-fA-F]{4,16}\b", "at 0x"),
    (r"^(?:CPU times|Wall time|Compiler *): .*$", "%time"),
    (r"^[\d.]+ [^\s]+ ± [\d.]+ .* per loop .*$", "%timeit"),
    (r"^The slowest run took [\d.]+ times longer.*$", "%timeit"),
    (r"^[\d,]+ loops?, best of \d+: .* per loop$", "%timeit"),
    (r"^peak memory: .* increment: .*$", "%memit"),
    (r"\[(?:\d+:)?\d\d:\d\d<(?:(?:\d+:)?\d\d:\d\d|\?)(?:, *[^\]\n]{0,80})?\]", "[progress]"),
    (r"\b(?:\d+:)?\d+(?:[ms]|ms)? \d+[µμum]?s/(?:step|epoch|sample)\b", "progress"),
    (r"\b\d+[ms]?s?/(?:step|epoch|sample)\b", "progress"),
    (rf"(?i)\b({_TOOK})([^\w\n]{{0,20}}|[ :=(]{{1,5}}(?:taken|was|of|is|in|for)[ :=(]{{1,5}}){_SPAN}", r"\1\2…"),
    (rf"\b(total=|the overhead of testing was)\s*{_SPAN}", r"\1…"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d,\d{3}", "clock"),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}: ([IWEF]) ", r"clock \1 "),
    (r"^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ ", r"\1 clock "),
    (r"^\[\d\d:\d\d:\d\d\] ", "[clock] "),
    (rf"\b(Date:){_GAP}{_DAY}", r"\1 date"),
    (rf"\b(Time:){_GAP}\d\d:\d\d:\d\d\b", r"\1 clock"),
    (rf"{_START}[^\s\"'<>():]*[/\\]ipykernel_\d+[/\\]\d+\.py", "<cell>"),
    (r"<ipython-input-\d+-[0-9a-f]+>", "<cell>"),
    (r"\b(Cell |Input )In ?\[\d+\]", r"\1In"),
    (rf"{_START}[^\s\"'<>():]*[/\\](?:site|dist)-packages[/\\]", "site-packages/"),
    (rf"{_START}/[^\s\"'<>():]*/lib/python3\.\d+/", "python/"),
)  # fmt: skip
_UUID: Final = (r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b", "uuid")
_PAGE: Final = (
    (r"(?<![A-Za-z0-9])T_[0-9a-f]{5}(?![0-9A-Za-z])", "T_"),
    (r"\bsk-(container|estimator)-id-\d+", r"sk-\1-id"),
    (r"\baltair-viz-[0-9a-f]{32}\b", "altair-viz"),
    (r"\b([a-z][a-z_]{2,30})_[0-9a-f]{32}\b", r"\1_"),
    (r"(?<=<dc:date>)[^<]{1,60}", "date"),
    (r"(\bid=\"|url\(#|href=\"#|\")([A-Za-z]{1,12})[0-9a-f]{10}(?=[\")])", r"\1\2"),
    (r"<!-- Created with matplotlib[^<]{0,200}-->", ""),
    _UUID,
)
_DATA: Final = (_UUID, (r"\"((?:view|param|selector|concat)_?)\d+(_[a-z]+)?\"", r'"\1\2"'))
_PDF: Final = (
    (r"/(?:CreationDate|ModDate) ?\((?:[^()\\]|\\.){0,100}\)", "/Date"),
    (r"/ID ?\[[^\]]{0,200}\]", "/ID"),
    (r"/(Producer|Creator) ?\((?:[^()\\]|\\.){0,300}\)", r"/\1"),
)


def _compiled(rules: Iterable[tuple[str, str]]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rule, re.MULTILINE), instead) for rule, instead in rules)


_RULES: Final = {
    "text": _compiled(_TEXT),
    "page": _compiled((*_PAGE, *_TEXT)),
    "data": _compiled((*_DATA, *_TEXT[:1])),
    "pdf": _compiled(_PDF),
}
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def steady(text: str, media_type: str = "text/plain", paths: Mapping[str, str] | None = None) -> str:
    r"""Return what of a text is the same in every execution of the same program.

    Args:
        text: an output.
        media_type: of which kind; what is no text comes back as it is.
        paths: folders that are elsewhere now: from where to what they are called instead.

    >>> steady("<Model object at 0x7f3a5c2d1e80>") == steady("<Model object at 0x7f1100aa0040>")
    True
    >>> steady("CPU times: user 1.2 s, sys: 3 ms\nWall time: 1.3 s\nr2 = 0.94\n")
    '%time\n%time\nr2 = 0.94'
    >>> steady('<table id="T_1a2b3"><td class="T_1a2b3_row0">', "text/html")
    '<table id="T_"><td class="T__row0">'
    >>> steady("score 0.94 on 2026-11-21")
    'score 0.94 on 2026-11-21'
    """
    for folder, name in sorted((paths or {}).items(), key=lambda pair: -len(pair[0])):
        if len(folder) > 1:
            text = text.replace(folder, name)
    if media_type == "text/plain":
        text = _ESCAPES.sub("", text)
    for rule, instead in _RULES.get(_kind(media_type), ()):
        text = rule.sub(instead, text)
    return text.rstrip()


def _kind(media_type: str) -> str:
    if media_type in {"text/html", "image/svg+xml"}:
        return "page"
    if media_type == "application/pdf":
        return "pdf"
    if media_type.endswith("json"):
        return "data"
    return "text" if media_type.startswith("text/") else ""
