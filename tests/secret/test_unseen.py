"""How well the rules generalise: lines written before looking at the rules, of secrets no rule was written for.

Each secret is made at test time, so that nobody's scanner finds one in the repository. ``{}`` is where it stands.
"""

from __future__ import annotations

import base64
import random
import string
import time
from collections.abc import Callable, Iterator

import pytest

from nbtrack.secret.redact import redact

_DRAW = random.Random(20261122)
_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_URLSAFE = _ALNUM + "-_"

Make = Callable[[], str]


def drawn(alphabet: str, size: int, head: str = "", tail: str = "") -> Make:
    """Return a maker of random text with a head and a tail; the first and last drawn letters are no punctuation."""
    inner = [each for each in alphabet if each.isalnum()]
    return lambda: (
        head
        + _DRAW.choice(inner)
        + "".join(_DRAW.choices(alphabet, k=size - 2))
        + str(_DRAW.randrange(10) if alphabet != string.ascii_lowercase else "q")
        + tail
    )


def words() -> str:
    """A passphrase as people make them."""
    return "".join(_DRAW.sample(["Correct", "Horse", "battery", "Staple", "purple", "monkey"], 3)) + str(
        _DRAW.randrange(10, 99)
    )


def encoded() -> str:
    return base64.b64encode(f"svc-{_DRAW.randrange(99)}:{drawn(_ALNUM, 18)()}".encode()).decode()


def jwt() -> str:
    head = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"RS256"}').decode().rstrip("=")
    return f"{head}.{drawn(_URLSAFE, 90)()}.{drawn(_URLSAFE, 80)()}"


def pem() -> str:
    title = _DRAW.choice(["EC PRIVATE ", "PRIVATE ", "DSA PRIVATE "]) + "KEY"
    body = "\\n".join(drawn(_ALNUM + "+/", 64)() for _ in range(3))
    return f"-----BEGIN {title}-----\\n{body}\\n-----END {title}-----\\n"


# kind, line, secret. Kinds "url", "pem", "header" and "vendor" have to be found without exception.
SECRETS: list[tuple[str, str, Make]] = [
    ("url", "origin\thttps://x-access-token:{}@git.example.com/team/repo.git (fetch)", drawn(_ALNUM, 40)),
    ("url", "engine = create_engine('mysql+pymysql://root:{}@10.0.0.5:3306/sales?charset=utf8')", words),
    ("url", "Cloning https://{}:x-oauth-basic@code.example.com/a/b into '/tmp/x'...", drawn(_HEX, 40)),
    ("url", "sqlalchemy.exc.OperationalError: could not reach postgresql://ro:{}@db.internal/ml", drawn(_ALNUM, 16)),
    ("url", "spark.read.jdbc(url='jdbc:postgresql://svc:{}@db/x')", drawn(_ALNUM, 20)),
    ("url", "pip install --extra-index-url https://__token__:{}@pkgs.example.org/simple acme", drawn(_URLSAFE, 52)),
    ("url", "HTTPS_PROXY=http://corp\\\\jdoe:{}@proxy.corp:8080", drawn(_ALNUM, 12)),
    ("url", "smb://admin:{}@nas/share/data.csv not found", words),
    ("url", "celery_broker: amqp://worker:{}@rabbit:5672//", drawn(_ALNUM, 22)),
    ("url", '"dsn": "https://{}@o11111.ingest.example.io/4505"', drawn(_HEX, 32)),
    ("url", "ftp://anonymous-2:{}@ftp.example.edu/pub/iris.csv", drawn(_ALNUM, 14)),
    ("pem", 'key = """{}"""', pem),
    ("pem", '{{"type": "service_account", "private_key": "{}"}}', pem),
    ("header", "> Authorization: Bearer {}", drawn(_URLSAFE, 64)),
    ("header", "requests.get(u, headers={{'authorization': 'Bearer {}'}})", drawn(_ALNUM, 32)),
    ("header", 'curl -s -H "Authorization: Basic {}" https://api.example.org/v1', encoded),
    ("header", "hdrs['Authorization'] = 'Token {}'", drawn(_HEX, 40)),
    ("header", "httpx.Client(headers=dict(Authorization='Bearer {}'))", drawn(_URLSAFE, 48)),
    ("header", "'x-api-key': '{}',", drawn(_ALNUM, 36)),
    ("header", "X-Auth-Token: {}", drawn(_HEX, 32)),
    ("header", "Ocp-Apim-Subscription-Key: {}", drawn(_HEX, 32)),
    ("header", "> Cookie: sessionid={}; csrftoken=abc", drawn(_ALNUM, 32)),
    ("vendor", 'gh_cli = "{}"', drawn(_ALNUM, 36, "gh" + "o_")),
    ("vendor", "print(hub.whoami('{}'))", drawn(string.ascii_letters, 34, "h" + "f_")),
    ("vendor", "client = Anthropic('{}')", drawn(_URLSAFE, 93, "sk" + "-ant-api03-", "AA")),
    ("vendor", "openai.OpenAI(None, '{}')", drawn(_URLSAFE, 150, "sk" + "-svcacct-")),
    ("vendor", "boto3.client('s3', None, '{}')", drawn(string.ascii_uppercase + "234567", 16, "AS" + "IA")),
    ("vendor", "maps = googlemaps.Client('{}')", drawn(_URLSAFE, 35, "AI" + "za")),
    ("vendor", "bot started with {}", drawn(_ALNUM + "-", 50, "xo" + "xp-")),
    (
        "vendor",
        "alerts -> {}",
        lambda: "https://hooks.sl" + "ack.com/services/T0A1B2C3D/B0A1B2C3D/" + drawn(_ALNUM, 24)(),
    ),
    (
        "vendor",
        "sg = SendGridAPIClient('{}')",
        lambda: "S" + "G." + drawn(_URLSAFE, 22)() + "." + drawn(_URLSAFE, 43)(),
    ),
    ("vendor", "dbutils.connect('adb-1.azuredatabricks.net', '{}')", drawn(_HEX, 32, "da" + "pi")),
    ("vendor", "charge = stripe_call('{}', 100)", drawn(_ALNUM, 24, "rk" + "_live_")),
    ("vendor", "glab auth: {}", drawn(_URLSAFE, 20, "gl" + "pat-")),
    ("vendor", "replicate.run(model, '{}')", drawn(_ALNUM, 37, "r" + "8_")),
    ("vendor", "groq {} quota", drawn(_ALNUM, 52, "gs" + "k_")),
    ("vendor", "Pinecone('{}').Index('docs')", drawn(_ALNUM + "_", 69, "pcs" + "k_")),
    ("vendor", "tavily = TavilyClient('{}')", drawn(_ALNUM, 32, "tv" + "ly-dev-")),
    ("vendor", "vault read with {}", drawn(_URLSAFE, 92, "hv" + "s.")),
    ("vendor", "mlflow on {}", drawn(_HEX, 32, "da" + "pi", "-3")),
    # vendors a table may or may not know
    ("other", "slack app level: {}", drawn(_ALNUM + "-", 60, "xa" + "pp-1-")),
    ("other", "lin = LinearClient('{}')", drawn(_ALNUM, 40, "lin" + "_api_")),
    ("other", "heroku login ok {}", drawn(_URLSAFE, 60, "HRK" + "U-AA")),
    ("other", "cloudflare r2 {}", drawn(_HEX, 146, "v1.0" + "-" + "0" * 20 + "a1b2-")),
    ("other", "fly deploy with {}", drawn(_ALNUM + "+/", 120, "fo1" + "_")),
    ("other", "netlify {}", drawn(_URLSAFE, 36, "nf" + "p_")),
    ("other", "scaleway key {}", drawn(string.ascii_uppercase + string.digits, 17, "SC" + "W")),
    ("other", "alibaba {}", drawn(_ALNUM, 20, "LT" + "AI")),
    ("other", "voyageai.Client('{}')", drawn(_URLSAFE, 43, "pa" + "-")),
    ("other", "jina reader {}", drawn(_ALNUM, 60, "ji" + "na_")),
    ("other", "cerebras = Cerebras('{}')", drawn(_ALNUM, 48, "cs" + "k-")),
    ("other", "openrouter {}", drawn(_HEX, 64, "sk-" + "or-v1-")),
    ("other", "langfuse.init('{}')", drawn(_HEX + "-", 36, "sk-" + "lf-")),
    ("other", "lambda labs {}", drawn(_HEX, 32, "secret" + "_labs_")),
    ("other", "deepseek {}", drawn(_HEX, 32, "sk" + "-")),
    ("other", "dagster cloud {}", drawn(_HEX, 32, "user:" + "acme:")),
    ("other", "gitea says {}", drawn(_HEX, 40, "gta" + "_")),
    ("other", "easypost {}", drawn(_ALNUM, 54, "EZ" + "AK")),
    ("other", "flutterwave {}", drawn(_HEX, 32, "FLWSEC" + "K_TEST-", "-X")),
    ("other", "token is {}", jwt),
    # known by their names
    ("named", "os.environ['COMET_API_KEY'] = '{}'", drawn(_ALNUM, 25)),
    ("named", "%env NEPTUNE_API_TOKEN={}", drawn(_ALNUM, 60)),
    ("named", "%set_env CLEARML_API_SECRET_KEY {}", drawn(_ALNUM, 40)),
    ("named", "!kaggle config set -n key -v {} && export KAGGLE_KEY={}", drawn(_HEX, 32)),
    ("named", "wandb.login(key='{}', relogin=True)", drawn(_HEX, 40)),
    ("named", "snowflake.connector.connect(user='me', password='{}', account='x')", words),
    ("named", "conn = pyodbc.connect('DRIVER={{x}};SERVER=s;UID=sa;PWD={}')", words),
    ("named", "cfg.db.password: '{}'", drawn(_ALNUM, 12)),
    ("named", '{{"user": "me", "passwd": "{}"}}', words),
    ("named", "ENCRYPTION_KEY = b'{}='", drawn(_URLSAFE, 43)),
    ("named", "$ mysql -u root --password={} shop", drawn(_ALNUM, 10)),
    ("named", "Namespace(api_token='{}', epochs=3)", drawn(_ALNUM, 30)),
    ("named", "Settings(openai_key=SecretStr('x'), hf_token='{}')", drawn(_ALNUM, 34)),
    ("named", "aws_session_token = {}", drawn(_ALNUM + "+/", 120)),
    ("named", "sftp.connect(username='a', password='{}')", words),
    (
        "named",
        "AZURE_STORAGE_CONNECTION_STRING='DefaultEndpointsProtocol=https;AccountName=a;AccountKey={}=='",
        drawn(_ALNUM + "+/", 86),
    ),
    ("named", "https://acc.blob.core.windows.net/c/x.csv?sv=2024&se=2027&sr=b&sp=r&sig={}%3D", drawn(_ALNUM, 43)),
    ("named", "s3 = https://b.s3.amazonaws.com/x?X-Amz-Credential=a&X-Amz-Signature={}", drawn(_HEX, 64)),
    ("named", "https://api.example.org/v2/series?id=7&api_key={}&file_type=json", drawn(_HEX, 32)),
    ("named", "HTTPError: 401 for url: https://maps.example.org/x?access_token=pk.{}", drawn(_ALNUM, 60)),
    ("named", "client_secret: {}", drawn(_URLSAFE, 40)),
    ("named", 'spark.conf.set("fs.azure.account.key.acme.dfs.core.windows.net", "{}==")', drawn(_ALNUM + "+/", 86)),
    ("named", "sess = login('me@example.org', password='{}')", words),
    ("named", "--hf-token {} --model bert", drawn(_ALNUM, 34)),
    ("named", "PGPASSWORD={} psql -h db -U ro", drawn(_ALNUM, 14)),
    ("named", 'export MLFLOW_TRACKING_PASSWORD="{}"', words),
    ("named", "db_pass = '{}'", drawn(_ALNUM, 12)),
    ("named", 'token="{}", verify=False)', drawn(_ALNUM, 32)),
    ("named", "self._secret = '{}'", drawn(_ALNUM, 28)),
    ("named", "jwt_secret => {}", drawn(_ALNUM, 40)),
    # a second list, written when the rules had been corrected by the first
    ("url", "warnings.warn('retry https://deploy:{}@artifacts.example.net/npm')", drawn(_ALNUM, 20)),
    ("url", 'engine = sa.create_engine("snowflake://u:{}@acct/db")', words),
    ("url", "remote: origin -> https://oauth2:{}@gitlab.example.com/g/p.git", drawn(_URLSAFE, 26)),
    ("url", "MONGO='mongodb://app:{}@h1:27017,h2:27017/?replicaSet=rs0'", drawn(_ALNUM, 18)),
    ("url", "redis_url: rediss://default:{}@usw1-x.upstash.io:33079", drawn(_HEX, 32)),
    ("url", "kafka sasl: SASL_SSL://k:{}@broker:9092", drawn(_ALNUM, 64)),
    ("url", "df.to_sql('t', 'oracle+oracledb://sys:{}@h:1521/x')", words),
    ("url", "git clone https://{}@huggingface.co/me/m", drawn(_ALNUM, 34, "h" + "f_")),
    ("header", "auth_header = {{'Authorization': f'Bearer ' + '{}'}}", drawn(_ALNUM, 40)),
    (
        "header",
        "r.request.headers -> {{'User-Agent': 'x', 'Authorization': 'Bearer {}', 'Accept': '*/*'}}",
        drawn(_URLSAFE, 60),
    ),
    ("header", "proxy-authorization: basic {}", encoded),
    ("header", "'apikey': '{}', 'Content-Type': 'application/json'", drawn(_ALNUM, 32)),
    ("header", "x-goog-api-key: {}", drawn(_URLSAFE, 39)),
    ("header", "Api-Key: {}", drawn(_ALNUM, 32)),
    ("header", "X-Vault-Token: {}", drawn(_ALNUM, 26)),
    ("header", 'headers.update(Authorization="token {}")', drawn(_HEX, 40)),
    ("vendor", "{} pushed", drawn(_ALNUM, 36, "gh" + "r_")),
    ("vendor", "Repository(token_is='{}')", drawn(_ALNUM + "_", 82, "github" + "_pat_")),
    ("vendor", "xai {}", drawn(_ALNUM, 80, "x" + "ai-")),
    ("vendor", "ng = '{}'", drawn(_URLSAFE, 64, "nv" + "api-")),
    ("vendor", "[{}]", drawn(_ALNUM, 36, "np" + "m_")),
    ("vendor", "twine -p {} upload", drawn(_URLSAFE, 160, "py" + "pi-AgEIcHlwaS5vcmc")),
    ("vendor", "do: {}", drawn(_HEX, 64, "do" + "p_v1_")),
    ("vendor", "<{}>", drawn(_HEX, 32, "sh" + "pat_")),
    ("vendor", "wandb: {}", drawn(_ALNUM + "_", 77, "wandb" + "_v1_")),
    ("vendor", "lc={}", drawn(_HEX, 43, "lsv2" + "_pt_")),
    ("vendor", "ok ({})", drawn(string.ascii_uppercase + "234567", 16, "AK" + "IA")),
    ("vendor", "x={};", drawn(_ALNUM, 48, "pp" + "lx-")),
    ("vendor", "svc: {}", drawn(_URLSAFE, 24, "GOC" + "SPX-")),
    ("vendor", "tg {}", lambda: str(_DRAW.randrange(10**9, 10**10)) + ":A" + "A" + drawn(_URLSAFE, 33)()),
    ("vendor", "at {}", lambda: "pat" + drawn(_ALNUM, 14)() + "." + drawn(_HEX, 64)()),
    ("vendor", "tail {}", drawn(_ALNUM, 30, "tskey-" + "auth-k")),
    ("pem", "openssl out:\n{}", lambda: pem().replace("\\n", "\n")),
    ("named", "login(token='{}')", drawn(_ALNUM, 34)),
    ("named", "%env OPENAI_API_KEY='{}'", drawn(_ALNUM, 40)),
    ("named", "os.putenv('AWS_SECRET_ACCESS_KEY', '{}')", drawn(_ALNUM + "+/", 40)),
    ("named", "st.secrets['db_password'] = '{}'", words),
    ("named", "export LANGFUSE_SECRET_KEY={}", drawn(_HEX + "-", 36, "sk-" + "lf-")),
    ("named", "dotenv: TWILIO_AUTH_TOKEN={}", drawn(_HEX, 32)),
    ("named", "keyring.set_password('svc', 'me', '{}')", words),
    ("named", "minio = Minio('h:9000', access_key='a', secret_key='{}')", drawn(_ALNUM, 40)),
    ("named", "storage_options={{'key': 'x', 'secret': '{}'}}", drawn(_ALNUM, 40)),
    ("named", "fs = s3fs.S3FileSystem(key='AK', secret='{}')", drawn(_ALNUM + "+/", 40)),
    ("named", "ClientSecretCredential(tenant, client, client_secret='{}')", drawn(_ALNUM + "~._-", 37)),
    ("named", "hvac.Client(url='http://h:8200', token='{}')", drawn(_ALNUM, 26)),
    ("named", 'psycopg.connect("dbname=x user=y password={} host=z")', drawn(_ALNUM, 14)),
    ("named", "jdbc:sqlserver://h:1433;user=sa;password={};encrypt=true", words),
    ("named", "ssh.connect('h', username='u', password=\"{}\")", words),
    ("named", "imap.login('me@x.org', '{}')", drawn(_ALNUM, 16)),
    ("named", "parser.parse_args(['--api_key', '{}'])", drawn(_ALNUM, 32)),
    ("named", "Args: Namespace(wandb_key='{}', lr=1e-3)", drawn(_HEX, 40)),
    ("named", "model_kwargs:\n  api_key: {}\n", drawn(_ALNUM, 32)),
    ("named", '  "access_token": "{}",', drawn(_ALNUM, 60)),
    ("named", "'refresh_token': '{}'", drawn(_URLSAFE, 60)),
    ("named", 'SIGNING_SECRET="{}"', drawn(_HEX, 32)),
    ("named", "app.config['SECRET_KEY'] = b'{}'", drawn(_ALNUM, 24)),
    ("named", "fernet = Fernet(b'{}=')", drawn(_URLSAFE, 43)),
    ("named", "PASSPHRASE = '''{}'''", words),
    ("named", "GET /x?apikey={}&q=1 HTTP/1.1", drawn(_ALNUM, 32)),
    ("named", "https://h/x?X-Amz-Security-Token={}&X-Amz-Date=1", drawn(_ALNUM, 120)),
    ("named", 'kaggle.json: {{"username":"me","key":"{}"}}', drawn(_HEX, 32)),
    ("named", "comet_ml.Experiment(api_key=\"{}\", project_name='p')", drawn(_ALNUM, 25)),
    ("named", "neptune.init_run(project='a/b', api_token='{}')", drawn(_ALNUM, 80)),
    ("named", "mlflow.set_tracking_uri('https://u:{}@mlflow.example.org')", words),
    ("named", "pwd: {}", drawn(_ALNUM, 12)),
    ("named", "got jwt {}", jwt),
]

EXACT = ("url", "pem", "header", "vendor")


def planted(times: int = 3) -> Iterator[tuple[str, str, str]]:
    """Yield kind, secret and line; each line several times with another secret."""
    for kind, line, make in SECRETS * times:
        made = make()
        yield kind, made, line.format(*[made] * line.count("{}"))


DECOYS = r"""
commit 3f786850e387550fdab836ed7e6dc881de23001b (HEAD -> main, origin/main)
index 89e6c98..0cfbf08 100644 --- a/train.py +++ b/train.py
model_sha = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
run_id: 8f14e45fceea167a5a36dedd4bea2543
experiment 20261121t101530-7k3m9q2x and 01ARZ3NDEKTSV4RRFFQ69G5FAV
f47ac10b-58cc-4372-a567-0e02b2c3d479
<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==">
{"bdata": "AAAAAAAA8D8AAAAAAAAAQAAAAAAAAAhAAAAAAAAAEEA=", "dtype": "f8"}
numpy-2.1.3-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
--hash=sha256:ba27e43fc2cb8ebaba2cb4ab4fae8b2cdbd2dc2e1b7a6a5e26b7b1c9fdbb1c39
"integrity": "sha512-9QSwyKyoMNV1Ho5Yxg2PgSbzXGS1wmTkRPqcvnNBGYO5VSIU5Gf1cqaP0yZ2lXvR0fVrsoBuGfIGPxY3PLhM0A=="
docker.io/library/python@sha256:1d2a4bd4a8a9c7a9e3c5a3bf4d2a8f9e7c6b5a4d3c2b1a0f9e8d7c6b5a4d3c2b
tokenizer = AutoTokenizer.from_pretrained("google-bert/bert-base-cased", use_fast=True)
num_tokens=32768, tokens_per_batch=4096, token_count: 918273
cls_token="[CLS]" cls_token_id=101 sep_token_id=102
n_cls_tokens = 4; use_cls_token = False; register_tokens = 8
tokenizer_name='mistralai/Mistral-7B-v0.3', vocab_size=32768
secretary = "Maria Gonzalez2"; secretariat = "dept-4b"
df = df.rename(columns={"password_hash_length": "pw_len"})
password_strength = model.predict(X)   # 0.8123
passenger_class = 3; passengers["Pclass"].value_counts()
pass_rate = 0.934; bypass_cache = True; n_passes=12
compass_heading=271.5 encompassing="wide2area"
keyword = "abc123XYZ789"; keywords=["alpha1", "beta22"]
primary_key = "customer_id_2024"; sort_keys=True; key="model_v12"
for key, value in sorted(metrics.items()): print(key, value)
monkey_patch(threading1=True); hockey_team = "Team42abc"
author = "J. R. Smith 1978"; authority="court_17b"
authors: Chen2024a, Mueller2023b, Tanaka2022
oauth_flow = "pkce-s256"; auth_method = "oidc_v2"; auth_required=True
cookie_policy="strict1" ; cookies_accepted=3; cookiecutter==2.6.0
session = Session(engine); session_id = 42; sessionmaker(bind=engine)
credit_score=712; credential_type = "x509v3"; creditG.arff
private_dataset = True; privacy_budget=3.0; epsilon_private=0.5
api_version="2024-10-21" api_base="https://api.example.org/v1" api_type='azure2'
access_level = "tier_2b"; access_log_path="/var/log/nginx/access1.log"
bearer_count=7; bear_market="2022H1"; forebears = "clan77"
signature(f) -> (x: int, y: str = 'abc123'); signature_dim=128
RandomForestClassifier(max_features='sqrt', n_estimators=500, random_state=1337)
Trainer(callbacks=[EarlyStopping(patience=3)], output_dir='out/run_2024-11-21T10-15')
https://archive.ics.uci.edu/ml/machine-learning-databases/wine-quality/winequality-red.csv
https://example.org/search?q=random+forest&page=2&sort=key&code=all
s3://bucket/path/part-00000-7b1e2f3a-3c4d-5e6f-8a9b-0c1d2e3f4a5b-c000.snappy.parquet
git@github.com:org/repo.git ssh://git@gitlab.example.com:2222/org/repo.git
hf_hub_download(repo_id="org/model-7b", filename="model-00001-of-00003.safetensors")
sk-learn is scikit-learn; class="sk-parallel-item sk-toggleable__label-arrow"
key-value pairs: key-0001 key-0002; pat-0021 patient-id 44521
AIC: 1834.2 BIC: 1851.9 AKIAK (town); ASIA region EMEA; ASIAPACIFIC2024
gs_kernel = gsk_value_1; glc = 5.4; fw_model="v2"; r8_conv = 3
eyJ is how JSON in base64 begins
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC3 user@host
Traceback (most recent call last): File "/home/u/x.py", line 3, in <module> KeyError: 'token_2'
TypeError: __init__() got an unexpected keyword argument 'api_key'
os.environ.get("WANDB_API_KEY") or getpass("key: ")
token = os.getenv("HF_TOKEN", default=None)
client = OpenAI(api_key=settings.openai_api_key)
password = request.form["password"]; check_password(password1, stored)
def connect(host: str, password: str | None = None, token: str = "") -> Conn: ...
SECRET_NAME = "prod/db/main"; secret_id="projects/12/secrets/db"
assert token.kind == "NAME1"; next_token = lexer.peek2()
<input type="password" name="pw" placeholder="Your password1">
vectorizer = TfidfVectorizer(token_pattern=r"(?u)\b\w\w+\b", ngram_range=(1, 2))
attention over tokens: tok0=0.12 tok1=0.33; token_ids=[101, 7592, 102]
DatetimeIndex(['2024-01-01T00:00:00.000000001'], dtype='datetime64[ns]', freq=None)
0x7ffee4b2a8c0 <module 'secrets' from '/usr/lib/python3.12/secrets.py'>
password_file=/run/secrets/db_password token_path: ~/.cache/huggingface/token
X-Request-Id: 7f3c2a1b9e8d4c5f6a7b8c9d0e1f2a3b ETag: W/"5e8f-18c3a2b1d40"
mapbox_style="open-street-map"; access_token_required=False
basic_block = BasicBlock(64); basic = "model_v1"; Basic statistics2 follow
""".strip().splitlines()


def test_at_least_95_of_100_unseen_secrets_are_found() -> None:
    lines = list(planted())
    missed = sorted({line for _, made, line in lines if made in redact(line)[0]})
    assert len(missed) <= 0.05 * len(lines), missed


@pytest.mark.parametrize("kind", EXACT)
def test_every_unseen_secret_of_the_kinds_named_is_found(kind: str) -> None:
    assert [line for each, made, line in planted() if each == kind and made in redact(line)[0]] == []


def test_at_most_2_of_100_unseen_decoys_are_taken_for_secrets() -> None:
    taken = [(line, redact(line)[0]) for line in DECOYS if redact(line)[1]]
    assert len(taken) <= 0.02 * len(DECOYS), taken


@pytest.mark.slow
def test_a_line_of_200_bytes_takes_some_50_microseconds_and_no_more_than_four_times_that() -> None:
    lines = [(f"{line} " * 10)[:200] for line in DECOYS]

    def once() -> float:
        before = time.process_time()
        for line in lines:
            redact(line)
        return (time.process_time() - before) / len(lines)

    assert min(once() for _ in range(20)) < 200e-6
