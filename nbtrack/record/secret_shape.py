"""Secrets known by their shape: keys, tokens with a vendor's prefix, passwords in addresses and headers.

Every pattern takes linear time: what can repeat is possessive or bounded, and no two runs of it overlap.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from typing import Final

from nbtrack.record.secret_rule import Rule, shape
from nbtrack.record.secret_value import is_any, looks_random, may_be_secret, reads_as_words


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


def _is_key_block(value: str) -> bool:
    return re.search(r"[A-Za-z0-9+/]{16}", value) is not None


_EDGE = r"(?:(?<![A-Za-z0-9+/_-])|(?<=\\[nrt])|(?<=%3[dD])|(?<=%20))"
_PEM = (
    r"(?P<s>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[^-]|-(?!----))*+-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:[\s\"'+,>|()]|\\[nrt])*+[A-Za-z0-9+/=]{16,}+)*+))"
)
_USER_INFO = r":(?:\\?/){2}(?P<s>[^\s/?#\"'<>\\]+)@(?!sha256:)"
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

_VENDORS: Final = """
github       ghp_ gho_ ghu_ ghs_ ghr_                   [A-Za-z0-9]{20,}
github       github_pat_                                \\w{22,}
gitlab       glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat-  [\\w.-]{18,}
huggingface  hf_ api_org_                               [A-Za-z0-9]{28,}
openai       sk-                                        [\\w-]{20,}
aws          AKIA ASIA AROA AIDA AGPA ANPA ABIA ACCA    [A-Z0-9]{16}(?![A-Za-z0-9])
google       AIza                                       [\\w-]{35}
google       ya29.                                      [\\w.-]{20,}
google       GOCSPX-                                    [\\w-]{20,}
google       GOOG1E                                     [A-Z0-9]{20,}
google       1//0                                       [\\w-]{30,}
slack        xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xoxc- xoxd- xapp-  [\\w.%-]{10,}
stripe       sk_live_ sk_test_ rk_live_ rk_test_ whsec_ [A-Za-z0-9+/=]{16,}
twilio       SK                                         [0-9a-f]{32}(?![0-9A-Za-z])
sendgrid     SG.                                        [\\w-]{16,}\\.[\\w-]{16,}
npm          npm_                                       [A-Za-z0-9]{30,}
pypi         pypi-                                      [\\w-]{50,}
databricks   dapi dkea dose                             [0-9a-f]{32}(?:-\\d)?
wandb        wandb_v1_                                  \\w{20,}
digitalocean dop_v1_ doo_v1_ dor_v1_                    [a-f0-9]{32,}
replicate    r8_                                        [A-Za-z0-9]{30,}
groq         gsk_                                       [A-Za-z0-9]{30,}
xai          xai-                                       [A-Za-z0-9]{30,}
perplexity   pplx-                                      [A-Za-z0-9]{30,}
fireworks    fw_                                        [A-Za-z0-9]{20,}
pinecone     pcsk_                                      \\w{30,}
langsmith    lsv2_pt_ lsv2_sk_ ls__                     \\w{30,}
nvidia       nvapi-                                     [\\w-]{30,}
together     tgp_v1_                                    [\\w-]{20,}
tavily       tvly-                                      [\\w-]{20,}
linear       lin_api_                                   [A-Za-z0-9]{30,}
notion       ntn_ secret_                               [A-Za-z0-9]{40,}
figma        figd_                                      [\\w-]{30,}
airtable     pat                                        [A-Za-z0-9]{14}\\.[0-9a-f]{64}
shopify      shpat_ shpca_ shppa_ shpss_                [A-Fa-f0-9]{32}
grafana      glsa_ glc_                                 \\w{30,}
vault        hvs. hvb. hvr.                             [\\w-]{20,}
atlassian    ATATT3 ATCTT3                              [\\w=-]{30,}
mailgun      key-                                       [0-9a-f]{32}
telegram     :AA                                        [\\w-]{33}(?![\\w-])
newrelic     NRAK-                                      [A-Z0-9]{20,}
sentry       sntrys_ sntryu_                            [\\w+/=-]{30,}
planetscale  pscale_tkn_ pscale_pw_ pscale_oauth_       [\\w.=-]{20,}
postman      PMAK-                                      [A-Fa-f0-9-]{30,}
doppler      dp.pt. dp.st. dp.ct. dp.sa.                [\\w.-]{30,}
docker       dckr_pat_ dckr_oat_                        [\\w-]{20,}
terraform    .atlasv1.                                  [\\w=-]{40,}
supabase     sbp_ sb_secret_                            \\w{20,}
rubygems     rubygems_                                  [a-f0-9]{40,}
prefect      pnu_ pnb_                                  [A-Za-z0-9]{30,}
kaggle       KGAT_                                      [A-Za-z0-9]{30,}
azure        8Q~                                        [\\w.~-]{30,}
age          AGE-SECRET-KEY-1                           [A-Z0-9]{40,}
square       sq0atp- sq0csp- EAAA                       [\\w-]{20,}
"""
_AMBIGUOUS = frozenset(
    "sk- SK hf_ fw_ r8_ ls__ pat key- AIza AKIA ASIA AROA AIDA AGPA ANPA ABIA ACCA EAAA dapi dkea dose".split()
)


def _vendor(name: str, prefixes: list[str], tail: str) -> Rule:
    edge = _EDGE if _AMBIGUOUS.intersection(prefixes) else ""
    heads = "|".join(map(re.escape, prefixes))
    test = looks_random if prefixes == ["sk-"] else is_any  # scikit-learn's HTML is full of sk-estimator-doc-link
    return shape(name, " ".join(prefixes).lower(), f"{edge}(?P<s>(?:{heads}){tail})", test)


def _vendors() -> Iterator[Rule]:
    for line in _VENDORS.strip().splitlines():
        name, *prefixes, tail = line.split()
        yield _vendor(name, prefixes, tail)


SHAPES: Final = (
    shape("private-key", "private", _PEM, _is_key_block),
    shape("url", "@", _USER_INFO, _is_user_info),
    shape("url", "@", _SLASHED, _is_user_info),
    shape("url", "%40", _ENCODED, _is_user_info),
    shape("authorization", "authorization", _SCHEME, is_any),
    shape("authorization", "authorization x- private-token api-key subscription-key", _HEADER, looks_random),
    shape("authorization", "cookie", _COOKIE, is_any),
    shape("authorization", "bearer", _BEARER, _is_no_word),
    shape("authorization", "basic", _BASIC, _is_pair),
    *_vendors(),
    shape("neptune", "eyjhcglf", _NEPTUNE, is_any),
    shape("jwt", "eyj", _JWT, is_any),
    shape("webhook", "hook", _HOOK, is_any),
    shape("query", _QUERY_WORDS, _QUERY, looks_random),
    shape("netrc", "password", _NETRC, is_any),
    shape("login", "login( authenticate(", _LOGIN, looks_random),
    shape("login", "auth login(", _AUTH_PAIR, may_be_secret),
)
