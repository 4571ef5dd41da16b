"""Secrets known by their shape: keys, passwords in addresses and headers, signatures, tokens of vendors.

Every pattern takes linear time: what can repeat is possessive or bounded, and no two runs of it overlap.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final

from nbtrack.secret.rule import shape
from nbtrack.secret.value import is_any, looks_random, may_be_secret, reads_as_words
from nbtrack.secret.vendor import VENDORS


def _is_user_info(value: str) -> bool:
    user, _, password = value.partition(":")
    return value != "git" and is_any(value) and is_any(password or user)


def _is_pair(value: str) -> bool:
    """Tell whether a value is what HTTP's Basic scheme sends: ``user:password`` in base64."""
    try:
        return b":" in b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (NotBase64, ValueError):
        return False


def _is_no_word(value: str) -> bool:
    return is_any(value) and not reads_as_words(value)


def _is_mixed(value: str) -> bool:
    """Tell what only a generator writes from the next word of a sentence."""
    kinds = any(map(str.isdigit, value)), any(map(str.islower, value)), any(map(str.isupper, value))
    return all(kinds) and looks_random(value)


def _is_password(value: str) -> bool:
    return may_be_secret(value, 2)


def _is_key_block(value: str) -> bool:
    return re.search(r"[A-Za-z0-9+/]{16}", value) is not None


_EDGE = r"(?:(?<![A-Za-z0-9+/_-])|(?<=\\[nrt])|(?<=%3[dD])|(?<=%20))"
_PEM = (
    r"(?P<s>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[^-]|-(?!----))*+-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:[\s\"'+,>|()]|\\[nrt])*+[A-Za-z0-9+/=]{16,}+)*+))"
)
_PART = r"[^\s/?#\"'<>\\]+"
_USER_INFO = rf":(?:\\?/){{2}}(?P<s>{_PART}(?:\\{{1,2}}(?=[\w.-]{{1,64}}:){_PART})*)@(?!sha256:)"  # corp\jo:pw@ too
_SLASHED = (  # a password with a slash in it; host:port/path@x has none
    r":(?:\\?/){2}(?P<s>[^\s/?#\"'<>\\@:\[]*+:(?!\d{1,5}(?:[/?#]|$)|(?i:port)\b|\{)[^\s\"'<>@/][^\s\"'<>@]{0,256}+)@"
)
_ENCODED = r"%3[aA](?:%2[fF]%2[fF]|//)(?P<s>(?:[^\s%/\"'<>]|%(?!40|2[fF])[0-9a-fA-F]{2})++)%40"
_SCHEME = (
    r"(?i)authorization(?:\\?[\"'])?\]?\s{0,4}[:=,]\s{0,4}[rbf]{0,2}(?:\\?[\"'])?"
    r"(?:bearer|basic|token|digest|apikey|negotiate|bot|key|aws4-hmac-sha256)\s+"
    r"(?P<s>[^\s\"'\\{}<>()]++(?:,? [\w-]{1,30}=[^\s\"'\\]++)*+)"
)
_HEADER = (
    r"(?i)(?:authorization|(?<![\w-])x-[\w-]{0,40}?(?:key|token|auth|secret)|private-token|api-key|subscription-key)"
    r"(?:\\?[\"'])?\]?\s{0,4}[:=,]\s{0,4}[rbf]{0,2}(?:\\?[\"'])?(?P<s>[^\s\"'\\{}<>()]{8,}+)"
)
_COOKIE = r"(?i)(?<![\w-])(?:set-)?cookie(?:\\?[\"'])?\s{0,4}:\s{0,4}(?:\\?[\"'])?(?P<s>[\w.-]++=[^\n\"'\\]++)"
_BEARER = r"(?i)\bbearer(?:\s|%20|\+){1,4}(?P<s>[A-Za-z0-9._~+/=-]{8,}+)"
_BASIC = r"(?i)\bbasic\s{1,4}(?P<s>[A-Za-z0-9+/]{6,}+={0,2})"
_JWT = _EDGE + r"(?P<s>eyJ[\w-]{5,}+\.[\w-]{5,}+\.[\w.-]*+)"
_NEPTUNE = _EDGE + r"(?P<s>eyJhcGlf[A-Za-z0-9+/_-]{20,}+={0,2})"
_HOOK = (
    r"(?P<s>hooks\.slack\.com/(?:services|workflows|triggers)/[\w/-]{20,}"
    r"|discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}|\.webhook\.office\.com/webhookb2/[\w/@-]{30,})"
)
_DATABRICKS = _EDGE + r"(?P<s>(?:dapi|dkea|dose)[0-9a-f]{32}(?:-\d)?)"
_AZURE = r"(?<![\w~.-])(?P<s>[\w~.]{3}\dQ~[\w~.-]{31,34})(?![\w~-])"
_QUERY = (
    r"(?i)(?:[?&;]|&amp;|%26|%3F|\\u0026)(?:x-(?:amz|goog)-(?:signature|credential|security-token)|sig|signature|"
    r"awsaccesskeyid|googleaccessid|policy|key-pair-id|code|key|hmac)(?:=|%3D)(?P<s>[^&\s\"'<>#;\\]{6,}+)"
)
_QUERY_WORDS = "sig= sig%3d key= code= policy= hmac= x-amz- x-goog- signature keyid= accessid= pair-id="
_NETRC = r"\b(?:login|account|machine)\s{1,9}\S{1,200}\s{1,9}password\s{1,9}(?P<s>[^\s\"']+)"
_LOGIN = (
    r"\b(?:login|authenticate)\((?:[^()\n]{0,200}?\b(?:key|token|password)\s*=\s*|\s*)[\"'](?P<s>[^\"'\s]{8,})[\"']"
)
_AUTH_PAIR = (
    r"\b(?:auth|http_auth|basic_auth|HTTPBasicAuth|BasicAuth|login)\s{0,4}[=(]\s{0,4}\(?\s{0,4}[\"'][^\"'\n]{0,200}[\"']"
    r"\s{0,4},\s{0,4}[\"'](?P<s>[^\"'\n]{4,200})[\"']"
)
_AUTH_TUPLE = (  # as a keyword's value: what stands second is the password, however short it is
    r"\b(?:http_|basic_|proxy_)?auth=\(\s{0,4}(?:[\"'][^\"'\n]{0,200}[\"']|[\w.]{1,80}+)\s{0,4},\s{0,4}"
    r"[\"'](?P<s>[^\"'\n]{2,200})[\"']\s{0,4},?\s{0,4}\)"
)

_ADDED = r"(?i)\b(?:bearer|basic)[ \t]\\?[\"']\s{0,4}\+\s{0,4}[rbf]?\\?[\"'](?P<s>[^\s\"'\\{}]{8,}+)"
_KEYRING = (
    r"\b(?:set_password|Fernet|SecretStr|SecretBytes)\((?:[^()\n,]{0,200},){0,2}\s{0,4}"
    r"b?[\"'](?P<s>[^\"'\n]{6,})[\"']\)"
)
_ACCOUNT = (  # of Twilio, beside its token
    r"AC(?<!\wAC)[0-9a-f]{32}[\"']\s{0,4},\s{0,4}(?:\w{1,20}=)?[\"'](?P<s>[0-9a-f]{32})[\"']"
)
_USER_KEY = (
    r"[\"']username\\?[\"']\s?:\s?\\?[\"'][^\"'\n]{0,100}[\"'],\s?\\?[\"']key\\?[\"']\s?:\s?\\?[\"'](?P<s>\w{20,}+)"
)
_USER = (
    r"\bcurl\b[^\n]{0,300}?\s(?:-\w{0,8}[uU]|--user|--proxy-user)[ =]{0,2}[\"']?[^\s:\"'/]{1,80}:(?P<s>[^\s\"']{3,200})"
)
_PASSED = r"\b(?:login|sshpass|twine upload)\b[^\n|;&]{0,200}?\s-p[= ]{0,2}[\"']?(?P<s>[^\s\"'=-][^\s\"']{3,200})"
_ATTACHED = r"\b(?:mysql|mariadb)\w{0,8}\b[^\n|;&]{0,200}?\s-p(?P<s>[^\s\"'=-][^\s\"']{3,200})"
_SAID = (  # begins with a set of letters: for these alone the engine looks quickly
    r"[pPaAsS](?<!\w.)(?i:(?<=p)ass(?:w(?:or[dt]|d)|phrase)|(?:(?<=a)(?:pi|ccess)|(?<=s)ecret)[ _-]?key)\b"
    r"(?:[ \t|]{1,40}+|:[ \t]|(?i:is\b|was\b)){1,4}+[\"'`]?(?P<s>[^\s\"'`|,;()\[\]{}<>]{10,200})"
)

SHAPES: Final = (
    shape("private-key", "private", _PEM, _is_key_block),
    shape("url", "@", _USER_INFO, _is_user_info),
    shape("url", "@", _SLASHED, _is_user_info),
    shape("url", "%40", _ENCODED, _is_user_info),
    shape("authorization", "authorization", _SCHEME, is_any),
    shape("authorization", "authorization x- private-token api-key subscription-key", _HEADER, looks_random),
    shape("authorization", "cookie", _COOKIE, is_any),
    shape("authorization", "bearer basic", _ADDED, looks_random),
    shape("authorization", "bearer", _BEARER, _is_no_word),
    shape("authorization", "basic", _BASIC, _is_pair),
    VENDORS,
    shape("neptune", "eyjhcglf", _NEPTUNE, is_any),
    shape("jwt", "eyj", _JWT, is_any),
    shape("webhook", "hook", _HOOK, is_any),
    shape("azure", "q~", _AZURE, is_any),
    shape("databricks", "dapi dkea dose", _DATABRICKS, is_any),
    shape("query", _QUERY_WORDS, _QUERY, looks_random),
    shape("netrc", "password", _NETRC, is_any),
    shape("login", "login( authenticate(", _LOGIN, looks_random),
    shape("login", "auth login(", _AUTH_PAIR, may_be_secret),
    shape("login", "auth=(", _AUTH_TUPLE, _is_password),
    shape("login", "set_password( fernet( secretstr( secretbytes(", _KEYRING, may_be_secret),
    shape("login", "ac", _ACCOUNT, is_any),
    shape("login", "username", _USER_KEY, looks_random),
    shape("login", "curl", _USER, may_be_secret),
    shape("login", "sshpass login twine", _PASSED, may_be_secret),
    shape("login", "mysql mariadb", _ATTACHED, may_be_secret),
    shape("name", "passw passphrase key", _SAID, _is_mixed),
)
