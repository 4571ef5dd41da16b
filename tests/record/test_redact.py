"""What is recorded loses its secrets: by the rules, by names in JSON, and by what this process knows already."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from nbtrack.record.known import KNOWN, Known, forms
from nbtrack.record.redact import redact, redact_json

ALNUM = string.ascii_letters + string.digits
rng = random.Random(20261123)


def secret(length: int = 24) -> str:
    """Random letters and digits with at least two digits among them, as generators of secrets make them."""
    while sum(map(str.isdigit, made := "".join(rng.choices(ALNUM, k=length)))) < 2:
        pass
    return made


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    KNOWN.forget()


# JSON


def test_text_under_a_secret_name_goes_and_numbers_and_flags_stay() -> None:
    made = secret()
    value = {
        "api_key": made,
        "nested": [
            {"password": "correct horse", "token": True, "max_tokens": 5, "secret": 12345678, "auth_token": "123456"}
        ],
        "passwords": ["letmein1", "short"],
        "note": f"https://me:{made}@example.org",
        "tokenizer": "bert-base-uncased",
        "lr": 0.1,
        "missing": None,
    }
    assert redact_json(value) == (
        {
            "api_key": "[redacted:name]",
            "nested": [
                {
                    "password": "[redacted:name]",
                    "token": True,
                    "max_tokens": 5,
                    "secret": 12345678,
                    "auth_token": "123456",
                }
            ],
            "passwords": ["[redacted:name]", "short"],
            "note": "https://[redacted:url]@example.org",
            "tokenizer": "bert-base-uncased",
            "lr": 0.1,
            "missing": None,
        },
        4,
    )


def test_tagged_forms_are_searched_too() -> None:
    made = secret()
    value = {
        "password": {"$repr": made, "type": "str"},
        "client": {"$repr": f"Client(url='x', api_key='{made}')", "type": "x.Client"},
        "map": {"$map": [["password", made], [1, "plain"]]},
    }
    assert redact_json(value) == (
        {
            "password": {"$repr": "[redacted:name]", "type": "str"},
            "client": {"$repr": "Client(url='x', api_key='[redacted:name]')", "type": "x.Client"},
            "map": {"$map": [["password", "[redacted:name]"], [1, "plain"]]},
        },
        3,
    )


def test_redacting_json_twice_changes_nothing_more() -> None:
    clean, _ = redact_json({"api_key": secret(), "a": [f"Bearer {secret()}"]})
    assert redact_json(clean) == (clean, 0)


# What is known


def test_a_secret_found_once_is_known_wherever_it_stands_later() -> None:
    made = secret()
    assert redact(f"got {made}") == (f"got {made}", 0)
    assert redact(f"api_key = '{made}'") == ("api_key = '[redacted:name]'", 1)
    assert redact(f"got {made}, {made}!") == ("got [redacted:known], [redacted:known]!", 2)


def test_the_password_of_an_address_is_known_by_itself() -> None:
    made = secret()
    redact(f"https://me:{made}@example.org")
    assert redact(f"tried {made}") == ("tried [redacted:known]", 1)


@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda text: quote(text, safe=""),
        json.dumps,
        repr,
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(f"user:{text}:x".encode()).decode(),
        lambda text: base64.b64encode(f"u:{text}".encode()).decode(),
    ],
)
def test_a_known_secret_is_found_however_it_is_written(write: object) -> None:
    made = secret(16) + '+/"é'
    known = Known()
    known.learn([made])
    clean, found = known.without(f"x {write(made)} y")  # type: ignore[operator]  # each is callable
    assert found == 1
    assert all(form not in clean for form in forms(made))


def test_values_of_secret_environment_variables_are_known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made, plain = secret(), secret()
    assert redact(made)[1] == 0
    monkeypatch.setenv("ACME_API_KEY", made)
    monkeypatch.setenv("ACME_REGION", plain)
    assert redact(f"{made} {plain}") == (f"[redacted:known] {plain}", 1)


@pytest.mark.parametrize("value", ["postgres", "12345678901", "localhost", "$OTHER", "/run/secrets/x.json", "short1"])
def test_common_values_of_secret_variables_do_not_empty_every_text(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_PASSWORD", value)
    assert redact(f"is {value} here") == (f"is {value} here", 0)


@pytest.mark.parametrize("phrase", ["hunter2-really-secret", "correct horse battery staple", "let me in, please"])
def test_phrases_under_names_only_secrets_have_are_known(phrase: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert redact(phrase)[1] == 0
    monkeypatch.setenv("DB_PASSWORD", phrase)
    assert redact(f"printed: {phrase}") == ("printed: [redacted:known]", 1)
    monkeypatch.delenv("DB_PASSWORD")
    assert redact(phrase)[1] == 0
    KNOWN.learn_named([("tokenizer", phrase), ("sort_key", phrase)])
    assert redact(phrase)[1] == 0
    KNOWN.learn_named([("password", phrase)])
    assert redact(phrase)[1] == 1


def test_variables_are_known_by_names_only_secrets_have() -> None:
    made, word, short = secret(), secret(), "abc12"
    KNOWN.learn_named([("db_password", made), ("token", word), ("password", short), ("lr", "0.1")])
    text = f"{made} {word} {short} 0.1"
    assert redact(text) == (text.replace(made, "[redacted:known]"), 1)


def test_the_oldest_are_forgotten_when_there_are_too_many() -> None:
    known = Known()
    made = [secret() for _ in range(150)]
    for each in made:
        known.learn([each])
    assert [known.without(each)[1] for each in made] == [0] * 50 + [1] * 100


def test_a_text_under_a_secret_name_in_json_is_known_too() -> None:
    made = secret()
    redact_json({"api_key": made})
    assert redact(made) == ("[redacted:known]", 1)


def test_a_text_remembered_as_clean_is_looked_at_again_once_it_is_known_to_be_secret() -> None:
    made = secret()
    assert [redact(made)[1], redact(made)[1]] == [0, 0]
    redact(f"api_key = '{made}'")
    assert redact(made) == ("[redacted:known]", 1)


def test_what_one_member_of_json_gives_away_is_gone_from_the_next() -> None:
    made = secret()
    assert redact_json({"word": made}) == ({"word": made}, 0)
    value = {"source": f"api_key = '{made}'", "word": made, made: 1}
    clean = {"source": "api_key = '[redacted:name]'", "word": "[redacted:known]", "[redacted:known]": 1}
    assert redact_json(value) == (clean, 3)


def test_what_is_remembered_as_clean_does_not_grow_for_ever() -> None:
    known = Known()
    for number in range(10_000):
        known.plain().add(str(number))
    assert len(known.plain()) <= 4096
