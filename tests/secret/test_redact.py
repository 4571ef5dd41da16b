"""Secrets leave text before it reaches a file; what only looks like one stays.

No secret stands in this file: each is made at test time, so that nobody's scanner finds one in the repository.
"""

import base64
import json
import random
import string
import time
from collections import OrderedDict
from types import MappingProxyType
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nbtrack.secret.name import is_secret_name
from nbtrack.secret.redact import _ALWAYS, _KEYWORDS, _RULES, _sift, _sift_once, keywords_of, redact, settled
from nbtrack.secret.vendor import _LONG, SHORTEST, _known
from nbtrack.secret.walk import Names, Walk

ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "-_"
BASE64 = ALNUM + "+/"
rng = random.Random(20261121)


def drawn(alphabet: str, length: int) -> str:
    first = [letter for letter in alphabet if letter.isalnum()]
    return rng.choice(first) + "".join(rng.choices(alphabet, k=length - 1))


def secret(length: int = 24) -> str:
    """Random letters and digits with at least two digits among them, as generators of secrets make them."""
    while sum(map(str.isdigit, made := drawn(ALNUM, length))) < 2:
        pass
    return made


VENDORS = [
    ("gh" + "p_", ALNUM, 36),
    ("gh" + "s_", ALNUM, 36),
    ("github" + "_pat_", ALNUM + "_", 60),
    ("glp" + "at-", URLSAFE, 20),
    ("h" + "f_", ALNUM, 34),
    ("sk" + "-", ALNUM, 48),
    ("sk" + "-proj-", URLSAFE, 80),
    ("sk" + "-ant-api03-", URLSAFE, 90),
    ("sk" + "_live_", ALNUM, 24),
    ("AK" + "IA", string.ascii_uppercase + "234567", 16),
    ("AI" + "za", URLSAFE, 35),
    ("ya" + "29.", URLSAFE, 60),
    ("xox" + "b-", ALNUM + "-", 45),
    ("np" + "m_", ALNUM, 36),
    ("py" + "pi-", URLSAFE, 120),
    ("da" + "pi", "0123456789abcdef", 32),
    ("r" + "8_", ALNUM, 37),
    ("gs" + "k_", ALNUM, 52),
    ("nv" + "api-", URLSAFE, 64),
    ("dckr" + "_pat_", URLSAFE, 27),
    ("pplx" + "-", ALNUM, 48),
    ("wandb" + "_v1_", ALNUM, 60),
    ("hv" + "s.", URLSAFE, 90),
    ("lsv2" + "_pt_", "0123456789abcdef_", 43),
]
AUTHORIZATION = [
    "Authorization: Bearer {}",
    "authorization: bearer {}",
    "curl -H 'Authorization: token {}' https://example.org",
    '{{"Authorization": "Bearer {}"}}',
    "headers = {{'Authorization': 'Basic {}'}}",
    "session.headers['Authorization'] = 'Bearer {}'",
    "Proxy-Authorization: Basic {}",
    '{{\\"authorization\\": \\"Bearer {}\\"}}',
    "sent Bearer {} and got 401",
    '{{"X-Api-Key": "{}"}}',
    "PRIVATE-TOKEN: {}",
    "Set-Cookie: session={}; Path=/; HttpOnly",
]
URLS = [
    "https://user:{}@example.org/repo.git",
    "https://{}@example.org/repo.git",
    "git+https://oauth2:{}@example.org/repo.git@main#egg=x",
    "postgresql+psycopg2://me:{}@db:5432/x",
    "redis://:{}@localhost:6379/0",
    "mongodb+srv://me:{}@cluster0.example.net/?retryWrites=true",
    "callback=https%3A%2F%2Fme%3A{}%40example.org%2F",
    '"https:\\/\\/me:{}@example.org"',
    "fetch failed (https://me:p@{}@host/x), retrying",
    "amqp://me:x/{}@host/vhost",
]
PAIRS = [
    "%env WANDB_API_KEY={}",
    "%env HF_TOKEN {}",
    "export NEPTUNE_API_TOKEN={}",
    "OPENAI_API_KEY={}",
    "!huggingface-cli login --token {}",
    "train.py --wandb-key={} --epochs 3",
    "['train.py', '--api-key', '{}']",
    "api_key = '{}'",
    'client = Client(token="{}")',
    "wandb.login(key='{}')",
    "auth=('me', '{}')",
    "os.environ['MY_SECRET'] = '{}'",
    "os.environ.setdefault('SOME_TOKEN', '{}')",
    "password: str = '{}'",
    "if password == '{}':",
    "{{'db_password': '{}', 'port': 5432}}",
    '{{"clientSecret": "{}"}}',
    '{{\\"api_key\\": \\"{}\\"}}',
    "host=db user=me password={} dbname=x",
    "Server=db;Uid=me;Pwd={};",
    "AccountName=x;AccountKey={};EndpointSuffix=core",
    "api_key: {}",
    "password: {}",
    "aws_secret_access_key = {}",
    "machine example.org login me password {}",
    "https://example.org/blob?sv=1&sig={}&se=2",
    "https://example.org/x?X-Amz-Signature={}&a=1",
    "https://example.org/x?access_token={}",
    "<password>{}</password>",
    "print('password={}\\n')",
    'pw="{}"',
    "smtp.login('me', '{}')",
    "SENTRY_AUTH_TOKEN={}",
    "session_token=%22{}%22&x=1",
    "mysql --password={} -u root",
]


def planted() -> list[tuple[str, str]]:
    """Each secret with the line it stands in."""
    found = [
        (made, f"x = f({made!r})  # {made}")
        for prefix, alphabet, size in VENDORS
        for made in [prefix + drawn(alphabet, size)]
    ]
    for template in AUTHORIZATION + URLS + PAIRS:
        found += [(made, template.format(made)) for made in (secret(), secret(40), drawn("0123456789abcdef", 40))]
    return found


def missed(lines: list[tuple[str, str]]) -> list[str]:
    return [line for made, line in lines if made in redact(line)[0]]


def test_every_vendor_token_is_found_wherever_it_stands() -> None:
    frames = ("{}", "({})", "\\n{}\\n", 'a = "{}"', "token%3D{}%26", "is {}, and", "{}\n")
    made = [
        prefix + secret(size) if alphabet == ALNUM else prefix + drawn(alphabet, size)
        for prefix, alphabet, size in VENDORS
    ]
    assert missed([(token, frame.format(token)) for token in made for frame in frames]) == []


@pytest.mark.parametrize("template", AUTHORIZATION + URLS)
def test_every_header_and_address_loses_its_credentials(template: str) -> None:
    assert (
        missed([(made, template.format(made)) for made in (secret(), secret(60), drawn("0123456789abcdef", 40))]) == []
    )


def test_a_token_as_the_user_of_an_address_goes_and_git_stays() -> None:
    token = secret()
    assert redact(f"https://{token}@example.org/x.git") == ("https://[redacted:url]@example.org/x.git", 1)
    assert redact("ssh://git@example.org/x.git git@example.org:x.git") == (
        "ssh://git@example.org/x.git git@example.org:x.git",
        0,
    )


def pem(title: str, lines: int, newline: str = "\n") -> str:
    body = newline.join(drawn(BASE64, 64) for _ in range(lines))
    return f"-----BEGIN {title}" + f" KEY-----{newline}{body}{newline}-----END {title}" + " KEY-----"


@pytest.mark.parametrize("title", ["PRIVATE", "RSA PRIVATE", "EC PRIVATE", "OPENSSH PRIVATE", "ENCRYPTED PRIVATE"])
@pytest.mark.parametrize("newline", ["\n", "\\n", "\r\n", "\n    "])
def test_a_private_key_goes_whole(title: str, newline: str) -> None:
    assert redact(f"a\n{pem(title, 20, newline)}\nb") == ("a\n[redacted:private-key]\nb", 1)


def test_a_private_key_cut_short_goes_too_and_the_mention_of_one_stays() -> None:
    cut = pem("RSA PRIVATE", 5)[:200]
    assert redact(f"{cut}")[0] == "[redacted:private-key]"
    mention = 'if "-----BEGIN PRIVATE" + " KEY-----" in text:\n    ok("' + "-----BEGIN PRIVATE" + ' KEY-----")'
    assert redact(mention) == (mention, 0)


def test_three_parts_of_base64_json_are_a_token() -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    token = f"{head}.{drawn(URLSAFE, 60)}.{drawn(URLSAFE, 43)}"
    assert redact(f"got {token}.") in [("got [redacted:jwt]", 1), ("got [redacted:jwt].", 1)]


def test_basic_credentials_are_told_from_the_word_basic() -> None:
    credentials = base64.b64encode(f"me:{secret()}".encode()).decode()
    assert redact(f"Basic {credentials}") == ("Basic [redacted:authorization]", 1)
    assert redact("Basic understanding")[1] == 0


def test_at_least_95_of_100_secrets_of_all_kinds_are_found() -> None:
    lines = planted()
    assert len(missed(lines)) <= 0.05 * len(lines), missed(lines)


def test_weak_passwords_are_found_where_only_a_password_can_stand() -> None:
    weak = "hunter" + "2"
    templates = [
        "password={}",
        'password="{}"',
        "user=me password={}",
        "%env DB_PASSWORD={}",
        "password: {}",
        "--password {}",
    ]
    assert missed([(weak, template.format(weak)) for template in templates]) == []


@pytest.mark.parametrize("encode", [str, quote, lambda line: json.dumps(line)[1:-1], lambda line: repr(line)[1:-1]])
def test_secrets_are_found_in_encoded_text(encode: object) -> None:
    lines = [
        ("https://me:{}@example.org/x", secret()),
        ("sent Bearer {}", secret()),
        ('{{"password": "{}"}}', secret()),
    ]
    if encode is quote:
        lines = lines[:1]  # a percent-encoded header or JSON text is a known limit
    assert missed([(made, encode(template.format(made))) for template, made in lines]) == []  # type: ignore[operator]  # each is callable


DECOYS = r"""
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
max_tokens=512, num_tokens = 100; tokens = tokenizer("hello world1")
use_cls_token=True, num_memory_tokens=16, image_token_index=32000
pad_token_id=50256 eos_token="<|endoftext|>" mask_token = "[MASK1]"
secretary = "Ann Smith 1999"; author = "Jo Blo 1999"; authors=("Ann1234", "Bob1234")
sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
etag = "33a64df551425fcc55e4d42a148795d9f25f89d4"
run 20261121t101530-7k3m9q2x finished, commit d8d39e0ff8ef1a0dee566b69de283e80e2a07ce4
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==
git@github.com:org/repo.git and ssh://git@github.com/org/repo
https://medium.com/@user/post-123abc and https://cdn.example.org/npm/d3@7
http://localhost:8888/lab/tree/a@b.ipynb
f"postgres://{user}:{password}@{host}/db" and postgres://$USER:$PASSWORD@host/db
connect(host=host, user=user, password=password1)
token = get_token1()
api_key=os.environ["OPENAI_API_KEY"]
api_key=api_key, token=token, secret=self.secret
password = getpass.getpass("Password: ")
def f(token: str, password: Optional[str] = None, dtype: float32 = x): pass
sorted(xs, key=lambda x: x[1]); cache_key = "abc123def456"
primary_key="user_id_2" foreign_key = "a1b2c3d4e5"
model.fit(X, key="accuracy_2024")
first_pass = "abcd1234" forward_pass=True
<div class="sk-estimator-doc-link sk-toggleable__content" id="sk-container-id-1">
headers = {"Authorization": f"Bearer {token}"}
token_type="bearer" api_key_env="OPENAI_API_KEY" password_field="pwd_input1"
keyboard = "qwerty12345" monkey="abc12345x"
Basic authentication is not Bearer authentication
pip install scikit-learn==1.5.0 numpy@2
https://example.com/a?key=accuracy&code=python&policy=default
docker pull img@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
user@example.com wrote 5 tokens: 1234567
attention_mask token_type_ids=[0,1] n_keys=8 key_dim=64
"key": "abc123def456" for cell 8f3a2b1c-1111-4222-8333-abcdefabcdef
optimizer=Adam(lr=0.001) score=0.98 pattern="abc12345"
Error: Unexpected token: 'identifier' at line 3
export TOKEN=$HF_TOKEN; curl -H "Authorization: Bearer $TOKEN"
GOOGLE_APPLICATION_CREDENTIALS=/path/to/key.json
parser.add_argument("--token", help="token to use")
usage: x [--password PASSWORD] [--token TOKEN]
class Token: pass
for token in doc: print(token.text, token.pos_)
special_tokens = ["<s>", "</s>"]; cls_token = "[CLS]"; sep_token="[SEP]"
Epoch 3: tokens/s: 15234.5 loss: 0.1834
credentials = load_credentials("file1")
auth = ("basic", "token")
RandomForestClassifier(n_estimators=200, max_depth=8, random_state=42)
password = None; secret = ""; token = "..."
passwordless=1; pat = re.compile("a1b2c3d4")
""".strip().splitlines()


@pytest.mark.parametrize("line", DECOYS)
def test_what_only_looks_like_a_secret_stays(line: str) -> None:
    assert redact(line) == (line, 0)


FRAGMENTS = [line for _, line in planted()] + DECOYS


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=20), max_size=6), st.sampled_from(["\n", " ", "; ", ""]))
def test_redacting_twice_changes_nothing_more(parts: list[str], joint: str) -> None:
    clean, _ = redact(joint.join(parts))
    assert redact(clean) == (clean, 0)


@pytest.mark.parametrize(
    "text",
    [
        "Bearer {0}password: {1}['--api-key', '{2}']",  # the mark's own words are no header and no name
        "jwt: '{0}'; [redacted:jwt]: '{1}'",
        "AI" + "za{3}Set-Cookie:n={0}",  # a word that begins where a secret ended
        "env ENCRYPTION_KEY=b'{0}",
    ],
)
def test_what_is_left_of_a_secret_gives_no_other_rule_a_reason(text: str) -> None:
    clean, _ = redact(text.format(secret(), secret(), secret(), drawn(URLSAFE, 35)))
    assert redact(clean) == (clean, 0)


@pytest.mark.parametrize("mark", ["authorization", "private-key", "jwt", "login"])
def test_the_words_of_a_mark_are_no_names(mark: str) -> None:
    line = f"[redacted:{mark}]: 'x8Yq0pLzR2m5', [redacted:{mark}]=x8Yq0pLzR2m5"
    assert redact(line) == (line, 0)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_goes_through(text: str) -> None:
    clean, found = redact(text)
    assert (clean == text) == (found == 0)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*_KEYWORDS, *FRAGMENTS]) | st.text(max_size=20), max_size=8))
def test_every_keyword_in_a_text_is_seen(parts: list[str]) -> None:
    text = "".join(parts)
    assert sorted(keywords_of(text)) == sorted(word for word in _KEYWORDS if word in text.lower())


def test_text_of_many_lines_keeps_all_but_the_secrets() -> None:
    made = secret()
    text = f"import os\r\n\tos.environ['X_API_KEY'] = '{made}'\n\n# é \U0001f600\nprint(1)"
    assert redact(text) == (text.replace(made, "[redacted:name]"), 1)


REPEATED = (
    'token= password=" :// ://a@ ://a: eyJ Bearer~ sk- \\"password\\":~ login( --token~ authorization: x- ?sig= machine~a~ gh*p_ '
    "a=1~password= <token> ('token', %3A%2F%2F SG. cookie:a= auth=('a' ~ key_ \\n - token:~str~=~ x-x-x-key TOKEN= password=* "
    "password=1 password='{ password=$a -----BEGIN~PRIVATE~KEY----- export~A_KEY= token=/ curl~-u~ curl~ config~set~ "
    "config~~~~ config~-a password~is~ password~~~~ password| name:a,value: name:~a~value name:~~~ login~-p~ mysql~-p "
    'login~ password=(~ password:~a[ password:~a.b~=~ ("password:~"), EA*AA~ -EA*AA [redacted:jwt] '
    "20261122t054224-k4j938pw: a1b2c3"
).split()


@pytest.mark.slow
@pytest.mark.parametrize("piece", REPEATED)
def test_a_line_of_a_megabyte_takes_linear_time(piece: str) -> None:
    takes_linear_time(piece.replace("~", " ").replace("gh*p", "ghp").replace("EA*AA", "EAAA"))


@pytest.mark.slow
@pytest.mark.parametrize("between", ["", "a" * 25])
def test_a_megabyte_of_each_vendors_prefixes_takes_linear_time(between: str) -> None:
    for head in _known()[1]:
        takes_linear_time(head + between, 5_000, 40_000)
    takes_linear_time(between.join(_known()[1]))


def takes_linear_time(piece: str, few: int = 125_000, many: int = 1_000_000) -> None:
    """Fail where the time for ``many`` repetitions of text grows as a square."""

    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        before = time.process_time()  # of this process alone: other work on the machine must not count
        redact(text)
        return time.process_time() - before

    small, large = (min(seconds(size) for _ in range(3)) for size in (few, many))
    assert large < many / few * small * 3 + 0.1, piece  # squared, eight times the text would take 64 times


# Names


def test_the_ids_of_runs_are_no_names_of_secrets() -> None:
    for head in ("", "run-", "checks-", "20261122t054224-aaaaaaaa "):
        for tail in ("k4j938pw", "pw4j938k", "8dy69pw9", "pwd6y3zw", "79bf4jwt", "bk3j1pat", "abcde2pw"):
            assert not is_secret_name(f"{head}20261122t054224-{tail}")
    assert is_secret_name("20261122t054224-k4j938pw_password")


@pytest.mark.parametrize("name", ["01NNNGMMC1PW07MHVHHJATSB3H", "tmpb2p66pw6", "6x8pw4z", "pw4acw", "y244pw"])
def test_letters_that_met_by_chance_in_an_id_are_no_words(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["db2pwd", "DB2PWD", "pw1", "pw2024", "oauth2token", "s3secret", "k8s1api2token", "pwd3"]
)
def test_names_with_numbers_in_them_are_names_all_the_same(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    "password db_password dbPassword PASSWORD passwd api_key apiKey API-KEY openai_api_key HF_TOKEN token access_token "
    "auth_token refreshToken client_secret SECRET_KEY aws_secret_access_key private_key wandb_key MYSQL_PASS github_token "
    "slack_bot_token AccountKey credentials passphrase password2 bearer_token id_token".split(),
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    "tokenizer tokens num_tokens max_tokens max_new_tokens num_memory_tokens token_id pad_token_id eos_token cls_token "
    "use_cls_token image_token mask_token tokenize secretary key keys primary_key cache_key sort_key num_keys key_dim monkey "
    "keyboard author authority compass first_pass n_passes token_type tokens_per_second password_length api_key_env class_token "
    "prompt_tokens token_embedding_dim vision_token hotkey random_state lr é _ ".split(),
)
def test_names_that_only_look_secret_are_told_apart(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize("version", ["2.62.2", "2026.10.18", "1.17.0.post0", "3.0.0rc1"])
def test_the_versions_of_packages_that_are_called_like_a_secret_are_kept(version: str) -> None:
    for said in (f'{{"google-auth": "{version}"}}', f'{{"PyJWT": "{version}"}}', f"google-auth=={version}"):
        assert redact(said) == (said, 0)
    walk = Walk(redact, Names(redact))
    assert walk.json({"google-auth": version, "PyJWT": version}) == {"google-auth": version, "PyJWT": version}
    assert walk.json({"password": "2.62.2x9Kq"}) == {"password": "[redacted:name]"}


def test_texts_too_short_for_a_token_are_only_looked_through_for_keywords() -> None:
    assert [at for at, rule in enumerate(_RULES) if not rule.keywords] == list(_ALWAYS)
    assert (_LONG.match("x" * (SHORTEST - 1)), bool(_LONG.match("x" * SHORTEST))) == (None, True)


@given(st.text(st.sampled_from("ab1_=:/@ .é'\N{KELVIN SIGN}") | st.characters(), max_size=30))
@example("pwd=x8Yq0pLz")
@example("cell 7")
def test_the_short_way_finds_what_all_rules_find(text: str) -> None:
    assert _sift(text) == settled(_sift_once, text)


def test_every_kind_of_list_and_mapping_is_walked_through() -> None:
    class Texts(list[str]):
        pass

    inner = MappingProxyType({"password": "x8Yq0pLz", "names": ("a", Texts(["b"]))})
    clean = {"password": "[redacted:name]", "names": ["a", ["b"]]}
    assert Walk(redact, Names(redact)).json([OrderedDict(inner=inner)]) == [{"inner": clean}]


def test_arrays_of_numbers_and_the_types_of_columns_are_kept() -> None:
    walk = Walk(redact, Names(redact))
    array = {"dtype": "i4", "bdata": "EAAAACAAAABAAAAAgAAAAAABAAAAAgAA", "shape": "2, 3"}
    columns = {"password": "float64", "auth": "Int64", "secret": "datetime64[ns, UTC]", "token": "boolean"}
    assert walk.json(array) == array
    assert walk.json(columns) == columns
    text = base64.b64encode(b"password=x8Yq0pLz").decode()
    assert walk.json({"dtype": "u1", "bdata": [text], "password": "hunter2"}) == {
        "dtype": "u1",
        "bdata": [text],
        "password": "[redacted:name]",
    }
