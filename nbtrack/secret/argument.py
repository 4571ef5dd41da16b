"""Secrets known by their place among the arguments of a call: ``Minio(host, "me", "x")``.

Which place is a secret's, the callable's own signature says. ``_TABLE`` knows those of libraries that people sign in
with, for text of which nothing else is known; where a callable is loaded, its signature is read (``record.callables``).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from nbtrack.secret.rule import Rule, Span
from nbtrack.secret.value import may_be_secret

Places = frozenset[int]

_TABLE: Final = """
Minio                        2
boto3.client                 7 8
boto3.resource               7 8
boto3.Session                1 2
boto3.session.Session        1 2
oss2.Auth                    1
AzureKeyCredential           0
AzureNamedKeyCredential      1
AzureSasCredential           0
StorageSharedKeyCredential   1
ClientSecretCredential       2
UsernamePasswordCredential   2
SpotifyClientCredentials     1
OAuth1                       1 3
OAuth1Session                1 3
OAuth1UserHandler            1 3
OAuthHandler                 1
set_access_token             1
AuthApiKey                   0
Auth.api_key                 0
Auth.Token                   0
HTTPBasicAuth                1
HTTPDigestAuth               1
HTTPProxyAuth                1
BasicAuth                    1
DigestAuth                   1
BasicAuthentication          1
basic_auth                   1
Redis                        3
StrictRedis                  3
MySQLdb.connect              2
pymysql.connect              2
FTP                          2
FTP_TLS                      2
pysftp.Connection            3
simple_bind_s                1
jwt.encode                   1
jwt.decode                   1
"""
_STEMS: Final = "minio( boto3. auth credential access redis( connect( ftp simple_bind jwt"
_HIDDEN: Final = "[redacted:login]"
_STRING: Final = r"[rbuRBU]{0,2}(?:\"(?:\\.|[^\"\\\n]){0,400}+\"|'(?:\\.|[^'\\\n]){0,400}+')"
_TEXT: Final = re.compile(rf"\s{{0,40}}(?P<s>{_STRING})\s{{0,40}}(?=[,)])")
_PLAIN: Final = rf"{_STRING}|[^()\[\]{{}}\"']"
_INNER: Final = rf"[(\[{{](?:{_PLAIN}){{0,100}}+[)\]}}]"
_NESTED: Final = rf"[(\[{{](?:{_PLAIN}|{_INNER}){{0,100}}+[)\]}}]"
_ANY: Final = re.compile(
    rf"\s{{0,40}}(?![\w]{{1,60}}\s{{0,4}}=(?!=))"  # what follows a keyword has its place from its name
    rf"(?:{_STRING}|{_NESTED}|[^,()\[\]{{}}\"']){{1,200}}+,"
)
_QUOTES: Final = re.compile(r"[rbuRBU]{0,2}[\"']")
_PORT: Final = re.compile(  # host, port and user: the password is next, whatever is connected
    rf"\bconnect\(\s{{0,40}}[^,()\n]{{1,100}}+,\s{{0,40}}\d{{1,5}}\s{{0,4}},\s{{0,40}}(?:{_STRING}|[\w.]{{1,60}}+)\s{{0,4}},"
)


def _is_password(value: str) -> bool:
    return may_be_secret(value, 4)


def arguments(text: str, at: int, places: Places, is_secret: Callable[[str], bool] = _is_password) -> Iterator[Span]:
    """Yield what is quoted at these places of the arguments that begin at ``at``, and is a secret.

    >>> text = 'Minio(host, "me", "x8Yq0pLz")'
    >>> [text[span.start : span.end] for span in arguments(text, 6, frozenset({2}))]
    ['x8Yq0pLz']
    """
    for place in range(max(places) + 1):
        value = _TEXT.match(text, at)
        if value is not None and place in places and (opened := _QUOTES.match(value["s"])):
            start, end = value.start("s") + opened.end(), value.end("s") - 1
            if is_secret(text[start:end]):
                yield Span(start, end, _HIDDEN)
        follows = _ANY.match(text, at)
        if follows is None:
            return
        at = follows.end()


def calls_rule(
    keywords: Iterable[str], places: Mapping[str, Places], is_secret: Callable[[str], bool] = _is_password
) -> Rule:
    """Return a rule that finds secrets among the arguments of calls of these names."""

    @cache
    def compiled() -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?P<name>{'|'.join(map(re.escape, places))})\(")

    def find(text: str) -> Iterator[Span]:
        done = 0
        for call in compiled().finditer(text):
            if call.start() >= done:
                for span in arguments(text, call.end(), places[call["name"]], is_secret):
                    done = span.end
                    yield span

    return Rule(tuple(keywords), find)


def _connected(text: str) -> Iterator[Span]:
    for call in _PORT.finditer(text):
        yield from arguments(text, call.end(), frozenset({0}))


_CALLS: Final = {name: frozenset(map(int, places)) for name, *places in map(str.split, _TABLE.strip().splitlines())}
ARGUMENTS: Final = (calls_rule(_STEMS.split(), _CALLS), Rule(("connect(",), _connected))
