"""Secrets that only their place among the arguments gives away, and arguments that are none."""

from __future__ import annotations

import time

import pytest

from nbtrack.secret.redact import redact

SECRET = "hunter-in-22-words"

SECRETS = """
client = Minio(host, "minioadmin", "{}", secure=False)
Minio("localhost:9000", access, '{}')
boto3.client("s3", None, None, None, None, None, key_id, "{}")
boto3.Session(key_id, "{}", region_name="eu-west-1")
session = boto3.session.Session("me", "{}")
ssh.connect("host", 22, "me", "{}")
client.connect(hosts[0], 2222, user, '{}')
requests.get(url, auth=("me", "{}"))
requests.get(url, auth=(user.name, "{}"), timeout=3)
requests.get(url, auth=HTTPDigestAuth("me", "{}"))
Elasticsearch(hosts, http_auth=(user, "{}"))
AzureKeyCredential("{}")
StorageSharedKeyCredential(account, "{}")
redis.Redis("cache", 6379, 0, "{}")
OAuth1("client", "{}", "owner", token)
ftplib.FTP("ftp.example.org", "me", "{}")
jwt.encode({{"sub": "me", "n": [1, 2]}}, "{}", algorithm="HS256")
ldap.simple_bind_s(f"cn={{user}}", "{}")
Minio(endpoint(a, b), environ["KEY"], "{}")
""".strip().splitlines()

DECOYS = """
Minio(host, access_key, secret_key)
Minio("play.min.io", "your-access-key", "your-secret-key")
ax.connect("a", "b", "user-in-22-words", "c")
plt.connect(1, 22, "button_press_event")
boto3.client("s3", "eu-west-1", "2006-03-01")
jwt.encode(payload, "secret", algorithm="HS256")
jwt.decode(encoded, options={"verify": "signature-2"})
requests.get(url, auth=("user", "password"))
class Redis(Base, name="user-in-22-words"): pass
redis.Redis("cache", 6379, 0, None)
redis.Redis(host="cache-22-words", port=6379)
myMinio("a", "b", "user-in-22-words")
""".strip().splitlines()


@pytest.mark.parametrize("line", SECRETS)
def test_what_stands_where_a_secret_is_expected_goes(line: str) -> None:
    text = line.format(SECRET)
    assert redact(text) == (text.replace(SECRET, "[redacted:login]"), 1)


@pytest.mark.parametrize("line", DECOYS)
def test_other_arguments_stay(line: str) -> None:
    assert redact(line) == (line, 0)


def test_the_password_of_an_auth_tuple_goes_however_short_it_is() -> None:
    assert redact("get(u, auth=('me', 'x9'))") == ("get(u, auth=('me', '[redacted:login]'))", 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "Minio(",
        "Minio('",
        "Minio(a,",
        "Minio('a','",
        "Minio([",
        "Minio(('",
        "connect(a,1,",
        "connect(",
        "auth=('a',",
        "a" * 19 + " ",
    ],
)
def test_a_long_line_takes_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        before = time.process_time()
        redact(text)
        return time.process_time() - before

    small, large = (min(seconds(size) for _ in range(2)) for size in (100_000, 800_000))
    assert large < small * 24 + 0.1  # squared, eight times the text would take 64 times
