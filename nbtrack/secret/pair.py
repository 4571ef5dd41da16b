"""Secrets known by the name before them: assignments, options, dictionaries, configuration lines.

A value in quotes is easy. One without is a secret in ``export API_KEY=x`` and ``user=me password=x``, and a variable
in ``connect(password=x)``; what stands around it and what it looks like decide.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from nbtrack.secret.name import grade
from nbtrack.secret.rule import Rule, Span
from nbtrack.secret.value import TYPE, looks_random, may_be_secret, reads_as_words

_HIDDEN: Final = "[redacted:name]"
_STEMS = "token secret passw pwd pw pass key auth cred jwt bearer cookie pat"
_TYPED = (  # any type, where a text follows: base64 in YAML ends in ``=``, too
    r":[ \t]{0,4}[A-Za-z_][\w.]{0,40}+(?:\[[^\n=\"']{0,60}\])?(?:[ \t]\|[ \t]None)?[ \t]{0,4}="
    r"(?=[ \t]{0,4}[rbfuRBFU]{0,2}[\"'])"
)
_ANNOTATION = rf"\\?:[ \t]*(?:(?:Optional\[)?(?:str|bytes|SecretStr)\]?(?: \| None)?)[ \t]*=|{_TYPED}"
_NAME = re.compile(
    r"(?:(?<![\w\\-])|(?<=\\[nrt]))(?P<name>[A-Za-z_][\w-]{0,79}+)"
    rf"(?P<sep>(?:\\{{0,3}}[\"'])?\]?[ \t]{{0,4}}(?:{_ANNOTATION}|=>|[=!]?==?|:=|:(?!:)|%3[dD])[ \t]{{0,4}})",
)
_QUOTED = re.compile(
    r"(?P<prefix>[rbfuRBFU]{0,2})(?P<q>\\{0,3}(?:\"{3}|'{3}|[\"']))"
    r"(?:(?<=\"{3}|'{3})\\?\n[ \t]{0,40})?(?P<s>(?:(?!(?P=q))(?:\\.|[^\\\n]))*+)",
)
_BARE = re.compile(r"(?P<s>[^\s\"'`,;()\[\]{}<>&|\\]+)")
_WHOLE = re.compile(r"(?P<s>[^\s\"'`\\]+)")
_SHELL = re.compile(r"(?:env|export|set|setx|ENV|ARG)[ \t]+$")
_OPTION = (  # begins with a letter of its own, as those below: for it the engine looks quickly
    r"-(?<![\w-]-)-?(?P<name>[A-Za-z][\w-]{1,60}+)(?:=|[ \t]{1,4}(?!-)|\\?[\"'],?[ \t]{0,4}(?=\\?[\"'][^-]))"
    r"(?:\\?[\"'])?(?P<s>[^\s\"',\\][^\s\"'\\]*)"
)
_CALL = (
    r"[(,](?:(?<=\()|(?<=\w,))\s{0,4}[\"'](?P<name>[\w.-]{2,120})[\"']\s{0,4},\s{0,4}"
    r"[rbu]?[\"'](?P<s>[^\"'\n]{6,})[\"']"
)
_SET = r"(?:%(?:set_)?env|\bsetx|\bsetenv|\bENV)[ \t]+(?P<name>\w{2,60}+)[ \t]+[\"']?(?P<s>[^\s\"'=][^\s\"']*)"
_CONFIG = (
    r"\bconfig(?:ure)?(?:[ \t]+(?:set|--?\w{1,20}))*+[ \t]+(?P<name>[\w.-]{2,60}+)[ \t]+[\"']?(?P<s>[^\s\"'=][^\s\"']*)"
)
_MEMBER = (  # name and value beside each other: lists of variables, fields of forms
    r"[nNkK](?<!\w.)(?i:(?<=n)ame|(?<=k)ey)\\?[\"']?[ \t]?[:=][ \t]?\\?[\"']?(?P<name>[\w.-]{2,80}+)\\?[\"']?,?"
    r"\s{0,40}\\?[\"']?\b(?i:value)\\?[\"']?[ \t]?[:=][ \t]?\\?[\"']?(?P<s>[^\s\"'<>\\,}]{6,200})"
)
_OPENED = re.compile(r"\(\s{0,40}")
_LINE: Final = 200  # characters of a line in which quotes are counted
_GOES_ON = (")", ",", ";", "]", "}", "+", " ")
_ELEMENT = r"<(?P<name>[\w-]{2,60})>(?P<s>[^<>\n]{4,200})</"


def _named(
    keywords: str, pattern: str, is_secret: Callable[[str], bool], is_weak: Callable[[str], bool] | None = None
) -> Rule:
    """Return a rule that finds group ``s`` of each match whose group ``name`` is a secret's.

    Under a name that only may be one, ``is_weak`` judges it, where there is one.
    """
    compiled = cache(lambda: re.compile(pattern))

    def find(text: str) -> Iterator[Span]:
        for match in compiled().finditer(text):
            told = grade(match["name"])
            if told and (is_secret if told > 1 or is_weak is None else is_weak)(match["s"]):
                yield Span(*match.span("s"), _HIDDEN)

    return Rule(tuple(keywords.split()), find)


def _is_option_value(value: str) -> bool:
    word = value.rstrip("])}>;,.")
    is_prose = word.isalpha() and (word.islower() or word.isupper()) and len(word) <= 10
    return may_be_secret(value, 4) and not is_prose


def _assigned(text: str) -> Iterator[Span]:
    done = 0
    for match in _NAME.finditer(text):
        told = grade(match["name"]) if match.start() >= done else 0
        if not told:
            continue
        quoted = _value(text, match)
        if span := _bare(text, match, told) if quoted is None else _quoted(quoted, told):
            done = span[1]
            yield Span(*span, _HIDDEN)


def _value(text: str, name: re.Match[str]) -> re.Match[str] | None:
    """Return the text in quotes that is given to a name, in brackets too; none where the quote ends a text."""
    at = name.end()
    bracket = _OPENED.match(text, at) if "=" in name["sep"] else None
    value = _QUOTED.match(text, bracket.end() if bracket else at)
    if value and value["s"].startswith(_GOES_ON) and value["q"] not in name["sep"]:
        least = max(0, name.start() - _LINE)
        line = text[max(least, text.rfind("\n", least, at)) : name.start()]
        if line.count(value["q"]) % 2:  # as in ``input("Password: "), "x"``
            return None
    return value


def _quoted(match: re.Match[str], told: int) -> tuple[int, int] | None:
    """Return where a quoted secret lies: any text under a name only secrets have, else one that is not words."""
    if "f" in match["prefix"].lower() and "{" in match["s"]:
        return None
    return match.span("s") if may_be_secret(match["s"]) and (told > 1 or not reads_as_words(match["s"])) else None


def _bare(text: str, name: re.Match[str], told: int) -> tuple[int, int] | None:
    """Return where a secret without quotes lies. What stands around it tells configuration from code."""
    before = text[max(0, name.start() - 40) : name.start()]
    is_shell = _SHELL.search(before) is not None
    previous = before.rstrip(" \t")[-1:]
    is_line = previous in ("", "\n")
    is_env = is_shell or (is_line and name["name"].isupper() and " " not in name["sep"])
    match = (_WHOLE if is_env else _BARE).match(text, name.end())
    if match is None or text[match.end() : match.end() + 1] in ("(", "["):
        return None
    if len(match["s"]) > 256:  # no name of a variable; judging it again from each `=` within would take quadratic time
        return match.span("s")
    is_text = is_env or not (is_line or previous in "(,{[" or " " in name["sep"] or ":" in name["sep"])
    is_secret = _in_text(match["s"], told) if is_text else _in_code(match["s"], name["sep"], is_line)
    return match.span("s") if is_secret else None


def _in_text(value: str, told: int) -> bool:
    """Judge ``user=me password=x``: no program has it, so every value counts."""
    return may_be_secret(value, 1 if told > 1 else 6) or (told > 1 and value.isdecimal())


def _in_code(value: str, sep: str, is_line: bool) -> bool:  # noqa: FBT001
    """Judge ``password=x`` where it may be code and x a variable: it must look like no variable's name."""
    if not may_be_secret(value) or TYPE.fullmatch(value):
        return False
    is_config = is_line and (sep == "=" or ":" in sep or "=>" in sep) and '"' not in sep and "'" not in sep
    if is_config:
        return looks_random(value) or any(map(str.isdigit, value))
    return len(value) >= 8 and looks_random(value)


def _weak(text: str) -> Iterator[Span]:
    """Find anything quoted under a secret name; after ``token: `` and the like only what is assigned."""
    for match in _NAME.finditer(text):
        told = grade(match["name"])
        value = _value(text, match) if told > 1 or (told and "=" in match["sep"]) else None
        if value and _is_closed(text, value) and may_be_secret(value["s"], 1):
            yield Span(*value.span("s"), _HIDDEN)


def _is_closed(text: str, value: re.Match[str]) -> bool:
    is_template = "f" in value["prefix"].lower() and "{" in value["s"]
    return text.startswith(value["q"], value.end()) and not is_template


WEAK_PAIRS: Final = Rule(
    tuple(_STEMS.split()), _weak
)  # whatever is quoted under a secret name, words and short ones too
PAIRS: Final = (
    _named(_STEMS, _OPTION, _is_option_value),
    _named(_STEMS, _CALL, looks_random),
    _named(_STEMS, _ELEMENT, may_be_secret),
    _named("config", _CONFIG, looks_random),
    _named("value", _MEMBER, may_be_secret, looks_random),
    _named("env setx", _SET, may_be_secret),
    Rule(tuple(_STEMS.split()), _assigned),
)
