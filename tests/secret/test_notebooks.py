"""What a security reviewer would try: secrets as notebooks hold and print them, and what looks like one and is none.

Each secret is made at test time, so that nobody's scanner finds one in the repository. ``{}`` is where it stands.
"""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

import pytest

from nbtrack.secret.redact import redact
from nbtrack.secret.strict import redact_strictly

_DRAW = random.Random(20261125)
_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_URLSAFE = _ALNUM + "-_"
_BASE64 = _ALNUM + "+/"

Make = Callable[[], str]


def drawn(alphabet: str, size: int, head: str = "", tail: str = "") -> Make:
    """Return a maker of random text with a head and a tail, a digit at either end of what is random."""
    return lambda: (
        f"{head}{_DRAW.randrange(10)}{''.join(_DRAW.choices(alphabet, k=size - 2))}{_DRAW.randrange(10)}{tail}"
    )


def words() -> str:
    """A password as people make them."""
    made = "".join(_DRAW.sample(["Summer", "tiger", "Falcon", "blue", "Winter", "coffee"], 2))
    return f"{made}{_DRAW.randrange(10, 99)}!"


def pem(newline: str = "\n") -> str:
    title = _DRAW.choice(["RSA PRIVATE ", "PRIVATE ", "OPENSSH PRIVATE "]) + "KEY"
    body = newline.join(drawn(_BASE64, 64)() for _ in range(3))
    return f"-----BEGIN {title}-----{newline}{body}{newline}-----END {title}-----"


def jwt() -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
    return f"{head}.{drawn(_URLSAFE, 70)()}.{drawn(_URLSAFE, 60)()}"


def in_base64(line: str) -> Make:
    """Return a maker of base64 that holds a line with a secret in it."""
    return lambda: base64.b64encode(line.format(drawn(_ALNUM, 24)()).encode()).decode()


_AWS = drawn(string.ascii_uppercase + "234567", 16, "AK" + "IA")
_OPENAI = drawn(_URLSAFE, 100, "sk" + "-proj-")
_CLAUDE = drawn(_URLSAFE, 93, "sk" + "-ant-api03-", "AA")
_HUB = drawn(string.ascii_letters, 34, "h" + "f_")
_GITHUB = drawn(_ALNUM, 36, "gh" + "p_")
_KEY = drawn(_ALNUM, 32)
_HEX32 = drawn(_HEX, 32)
_AZURE = drawn(_BASE64, 86, "", "==")

SECRETS: list[tuple[str, Make]] = [
    # cells that set things up
    ("os.environ['AWS_ACCESS_KEY_ID'] = '{}'", _AWS),
    ('os.environ["AWS_SECRET_ACCESS_KEY"] = "{}"', drawn(_BASE64, 40)),
    ("%env OPENAI_API_KEY={}", _OPENAI),
    ("%env ANTHROPIC_API_KEY {}", _CLAUDE),
    ("%env DB_PASS={}", words),
    ("os.environ.update(HF_TOKEN='{}')", _HUB),
    ("os.environ |= {{'WANDB_API_KEY': '{}'}}", drawn(_HEX, 40)),
    ("os.environ['PGPASSWORD'] = \"{}\"", words),
    ("load_dotenv(stream=io.StringIO('SECRET_KEY={}'))", _KEY),
    ("!export KAGGLE_USERNAME=me KAGGLE_KEY={} && kaggle datasets list", _HEX32),
    ("!pip install acme --index-url https://build:{}@pypi.acme.dev/simple", words),
    ("!pip install git+https://{}@github.com/acme/private.git@v2", _GITHUB),
    ("!git remote set-url origin https://me:{}@git.acme.dev/ml.git", drawn(_ALNUM, 20)),
    ("!curl -u me:{} https://api.acme.dev/v1/me", words),
    ("!curl -H 'X-API-Key: {}' https://api.acme.dev", _KEY),
    ("!wget --http-user=me --http-password={} https://data.acme.dev/x.zip", words),
    ("!sshpass -p '{}' scp x.csv me@host:", words),
    ("!mysql -h db -u root -p{} sales < dump.sql", drawn(_ALNUM, 14)),
    ("!huggingface-cli login --token {} --add-to-git-credential", _HUB),
    ("!aws configure set aws_secret_access_key {}", drawn(_BASE64, 40)),
    ("!echo 'machine api.wandb.ai\\n  login user\\n  password {}' > ~/.netrc", drawn(_HEX, 40)),
    ("!docker login -u me -p {} registry.acme.dev", drawn(_ALNUM, 20)),
    ("!az login --service-principal -u app -p {} --tenant t", drawn(_URLSAFE, 38)),
    ("login(token='{}', add_to_git_credential=True)", _HUB),
    ("client = OpenAI(api_key='{}', base_url='https://x.dev/v1')", _KEY),
    ('genai.configure(api_key="{}")', drawn(_URLSAFE, 35, "AI" + "za")),
    ("boto3.client('s3', aws_access_key_id='x', aws_secret_access_key='{}')", drawn(_BASE64, 40)),
    ("s3fs.S3FileSystem(key='me', secret='{}')", drawn(_BASE64, 40)),
    ("engine = create_engine('postgresql+psycopg2://ml:{}@db.acme.dev:5432/features')", words),
    ("engine = create_engine(URL.create('mssql', username='sa', password='{}'))", words),
    ("conn = psycopg2.connect(host='db', user='ml', password='{}')", words),
    ("MongoClient('mongodb+srv://ml:{}@cluster0.mongodb.net/?retryWrites=true')", drawn(_ALNUM, 16)),
    ("redis.Redis.from_url('redis://:{}@cache:6379/1')", _HEX32),
    ("HEADERS = {{'Authorization': 'Bearer {}', 'Accept': 'application/json'}}", _KEY),
    ("headers = {{\n    'apikey': '{}',\n    'Accept': '*/*',\n}}", _KEY),
    ("requests.get(url, auth=('me', '{}'))", words),
    ("requests.get(url, auth=HTTPBasicAuth('me', '{}'))", words),
    ("requests.get('https://api.acme.dev/v2/prices?api_token={}&fmt=json')", _HEX32),
    ("requests.post(url, cookies={{'session_token': '{}'}})", _KEY),
    ("slack = WebhookClient('https://hooks.sl" + "ack.com/services/T00AB12CD/B00EF34GH/{}')", drawn(_ALNUM, 24)),
    (
        "BlobServiceClient.from_connection_string('DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=core.windows.net')",
        _AZURE,
    ),
    (
        "conn_str = 'Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}='",
        drawn(_BASE64, 43),
    ),
    ("spark.conf.set('fs.azure.account.key.acme.blob.core.windows.net', '{}')", _AZURE),
    ("spark._jsc.hadoopConfiguration().set('fs.s3a.secret.key', '{}')", drawn(_BASE64, 40)),
    ("snowflake.connector.connect(account='a', user='u', passcode='x', password='{}')", words),
    ("paramiko_client.connect('host', 22, 'me', password='{}')", words),
    ("openai.api_key = '{}'", _KEY),
    ('cfg.token = "{}"  # mine', _KEY),
    ("setattr(settings, 'SECRET_KEY', '{}')", _KEY),
    ("PASSWORD: Final = '{}'", words),
    ("password = (\n    '{}'\n)", words),
    ("api_key = f'{}'", _KEY),
    ("key = '''{}'''", pem),
    ("private_key = serialization.load_pem_private_key(b'''{}''', None)", pem),
    # what cells print
    ("{{'host': 'db', 'user': 'ml', 'password': '{}', 'port': 5432}}", words),
    ("Settings(db_url='x', secret_key='{}', debug=False)", _KEY),
    ("Namespace(epochs=3, hf_token='{}', lr=0.1)", _HUB),
    ("Config(openai=OpenAIConfig(key='x', api_key='{}'), seed=0)", _KEY),
    ("environ({{'HOME': '/home/me', 'GITHUB_TOKEN': '{}', 'LANG': 'C'}})", _KEY),
    ("GITHUB_TOKEN={}\nHOME=/home/me\n", _KEY),
    ("connecting with password {} ...", drawn(_ALNUM, 16)),
    ("my token is {}", _GITHUB),
    ("the key: {}", _OPENAI),
    (
        '{{\n  "type": "service_account",\n  "private_key_id": "x",\n  "private_key": "{}\\n",\n  "client_email": "a@b.iam"\n}}',
        lambda: pem("\\n"),
    ),
    ("machine github.com login me password {}", _GITHUB),
    ("machine api.acme.dev\n\tlogin me\n\tpassword {}\n", words),
    ("[default]\naws_access_key_id = x\naws_secret_access_key = {}\nregion = eu-1", drawn(_BASE64, 40)),
    ("[global]\nindex-url = https://me:{}@nexus.acme.dev/simple", words),
    ("apiVersion: v1\nkind: Secret\ndata:\n  password: {}\n", in_base64("{}")),
    ("db:\n  user: ml\n  password: {}\n", words),
    ("origin\thttps://oauth2:{}@gitlab.com/acme/ml.git (push)", drawn(_URLSAFE, 20, "gl" + "pat-")),
    ("sys.argv = ['train.py', '--api-key', '{}', '--epochs', '3']", _KEY),
    ("+ python train.py --wandb_key {} --lr 0.1", drawn(_HEX, 40)),
    ("usage error near --password={}", words),
    ("      3 client = Client('https://x', token='{}')\n----> 4 client.get()", _KEY),
    ("locals: user = 'me', password = '{}', retries = 3", words),
    ("│ password = '{}' │\n│ self = <Client> │", words),
    ("requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.acme.dev/x?token={}", _HEX32),
    ("sqlalchemy.exc.OperationalError: (psycopg2) could not connect postgresql://ml:{}@db/x", words),
    ("botocore: signing with AKID {}", _AWS),
    ("set-cookie: sessionid={}; HttpOnly; Path=/", _KEY),
    ("decoded {} for me", jwt),
    ('<input type="hidden" name="csrf_token" value="{}">', _KEY),
    ("password\t{}\nuser\tme", drawn(_ALNUM, 16)),
    ("| password | {} |", drawn(_ALNUM, 16)),
    # a second list, written when the rules had been corrected by the first
    ("export HF_TOKEN={}; python train.py", _HUB),
    ("HF_TOKEN={} python train.py", _HUB),
    ("env WANDB_API_KEY={} jupyter lab", drawn(_HEX, 40)),
    ("hf_token = '{}'  # TODO remove", _HUB),
    ("user = 'me'; passwd = '{}'", words),
    ("neptune.init_run(project='a', api_token='{}')", drawn(_BASE64, 80)),
    ("st.session_state['api_key'] = '{}'", _KEY),
    ('{{"env": [{{"name": "DB_PASSWORD", "value": "{}"}}]}}', words),
    ("- name: API_TOKEN\n  value: {}", _KEY),
    ('- name: API_TOKEN\n  value: "{}"', _KEY),
    ("ENV SECRET_KEY={}", _KEY),
    ("ARG NPM_TOKEN={}", _KEY),
    ("docker run -e POSTGRES_PASSWORD={} postgres", words),
    ("docker run --env API_KEY={} x", _KEY),
    ("kubectl create secret generic db --from-literal=password={}", words),
    ("git config --global github.token {}", drawn(_HEX, 40)),
    ("http.extraheader=AUTHORIZATION: basic {}", in_base64("x:{}")),
    ("requests.get(u, params={{'apikey': '{}', 'q': 'x'}})", _KEY),
    ("u = f'https://x.dev/?key={}&q={{q}}'", _KEY),
    ("{{'Cookie': 'JSESSIONID={}; lang=en'}}", _KEY),
    ("Proxy: http://corp:{}@proxy:3128", words),
    ("jdbc:mysql://h/db?user=me&password={}", words),
    ("Data Source=db;User ID=sa;Password={};", words),
    ("ssh://git:{}@git.acme.dev/x", words),
    ("SMTP('x').login('me@x.dev', '{}')", words),
    ("twilio = Client('AC{0}', '{0}')", _HEX32),
    ("stripe.api_key = '{}'", drawn(_ALNUM, 24, "sk" + "_live_")),
    ("Fernet('{}=')", drawn(_URLSAFE, 43)),
    ("SecretStr('{}')", _KEY),
    ("tok = '{}'", _GITHUB),
    ("pwd={}", words),
    ('{{"Authorization":"Token {}"}}', drawn(_HEX, 40)),
    ("API key: {}", _KEY),
    ("Your password is {}.", drawn(_ALNUM, 16)),
    ("token = '''\n{}\n'''", _KEY),
    ('api_key = """{}"""', _KEY),
    ("config['db']['password'] = '{}'", words),
    ("cfg.update(password='{}')", words),
    ("password='{}'", lambda: "it\\'s" + _KEY()),
    ("{{\n 'password' : '{}'\n}}", words),
    ("password   =   '{}'", words),
    ('"client_secret":"{}"', _KEY),
    ("clientSecret: {}", _KEY),
    ("    token: {}\n    url: x", _KEY),
    ("key_file_contents = '{}'", pem),
    ("print('pw', '{}')", drawn(_ALNUM, 16)),
    ('export AWS_SESSION_TOKEN="{}"', drawn(_BASE64, 200)),
    ("aws_session_token='{}'", drawn(_BASE64, 200)),
    ("dsn='host=h user=u password={}'", words),
    ("Enter token: {}", _HUB),
    ("sk = paramiko.RSAKey.from_private_key(io.StringIO('''{}'''))", pem),
    ("openai --api-key={}", _OPENAI),
    ("anthropic = Anthropic(auth_token='{}')", _KEY),
    ("azure: ClientSecretCredential('t', 'c', '{}')", drawn(_ALNUM, 34, "abc8Q" + "~")),
]

STRICT: list[tuple[str, Make]] = [
    ("found {} in the log", drawn(_ALNUM, 40)),
    ("pw = 'cat'; secret = '{}'", lambda: "dog"),
    ("payload {} sent", in_base64('{{"api_key": "{}"}}')),
    ("config: {}", in_base64("DB_PASSWORD={}\nDB_HOST=x\n")),
    ("https://x.dev/cb?state=%7B%22token%22%3A%22{}%22%7D", _KEY),
]

HARMLESS = r"""
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
{"20261122t054224-k4j938pw": "2bd5d59b140e38d4ba2f98616ba245b64dc020cc181e4fb9330c8bf4e7b24faa"}
run-20261122t054224-pw4j938k: "ce7e0c8b7232", diff-20261122t054224-pw4j938k-20261122t054225-8dy69pw9 = "random words"
{"01ARZ3NDEKTSV4RRFFQ69PW2AV": "first batch of 12", "f47ac10b-58cc-4372-a567-0e02b2c3d479": "second7"}
/tmp/tmpb2p66pw6/report.html: "9f86d081884c7d65"
commit 3f786850e387550fdab836ed7e6dc881de23001b Author: Ann <ann@example.org>
RunInfo(run_id='8f14e45fceea167a5a36dedd4bea2543', run_uuid='8f14e45fceea167a5a36dedd4bea2543')
token_count = 918273; max_tokens=4096, tokens=512, tokens_seen: 1_000_000
pad_token='<|endoftext|>' pad_token_id=50256 bos_token="<s>" eos_token = "</s>" unk_token="[UNK]"
{"eos_token": "<|im_end|>", "pad_token": "<|fim_pad_0|>", "additional_special_tokens": ["<|vision_start|>"]}
tokenizer_class: "Qwen2TokenizerFast"  # tokenizer = "Qwen/Qwen2.5-0.5B"
password_strength = 0.83; df["password_strength"] = "very strong 2"; password_length=12
password_strength  float64
{"password_strength": "float64", "token": "category", "secret_score": "datetime64[ns]", "auth": "Int64"}
secret_santa = {"Ann": "Bob", "Bob": "Cleo"}
secret_santa = "Ann gives to Bob42"
def check_password(password, hashed): return bcrypt.checkpw(password, hashed)
password = input("Password: "); token = st.text_input("Token 1", type="password")
password = os.environ["DB_PASSWORD"]; pw = keyring.get_password("svc", "me")
api_key = userdata.get('OPENAI_API_KEY'); key = dbutils.secrets.get(scope="prod2", key="openai2")
client = Client(api_key=config.api_key, token=args.token, password=pw)
parser.add_argument("--api-key", default=None, help="the key to use2")
assert response.status_code == 401, "bad token: expected Bearer"
raise ValueError("api_key must be set: pass api_key=... or set OPENAI_API_KEY")
KeyError: 'HF_TOKEN'
sorted(rows, key=operator.itemgetter("score_2024")); df.sort_values(by="key", key=str.lower)
jax.random.PRNGKey(42); key, subkey = jax.random.split(key); key = Array([0, 42], dtype=uint32)
primary_key=True; ForeignKey("user.id_2"); sort_key = "price_2024"; hotkeys = "ctrl-k2"
df.merge(right, on="key", suffixes=("_left1", "_right2")); groupby("api_key_id")
keys = ['alpha1', 'beta2']; dict_keys(['loss1', 'acc2']); n_keys=8
{"key": "value1", "keyboard": "qwertz105", "monkey": "George the 3rd", "turkey": "Ankara-06"}
author = "Smith2019"; authors: ["Ann Smith 1999"]; authored_by="lab_42"
basic_auth = False; auth_backend = "django.contrib.auth.backends.ModelBackend"; auth_mode="oidc_v2"
cookies = {"flavor": "chocolate9"}; cookie_size = "12cm_wide"
passes = 3; bypass = "route_66"; compass = "NNE_22"; passenger_id="P-00123"
tensor([[0.1834, 0.2231], [1.0000, 0.5000]], device='cuda:0', grad_fn=<AddmmBackward0>)
array([0.12345678, 0.98765432]) <torch.utils.data.DataLoader object at 0x7ffee4b2a8c0>
Parameter containing: weight_hh_l0_reverse torch.float32 (1024, 256)
GCTAGCTAGGATCCGATTACAGATTACACTGATCGGCTAACGTTAGCCATGCATCGATCGATTAGC
MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVV
CC(=O)OC1=CC=CC=C1C(=O)O InChIKey=BSYNRYMUTXBXSQ-UHFFFAOYSA-N
rs7412 ENSG00000130203 NM_000041.4 chr19:44908684-44909393 P02649 1A2B_chainA
{"dtype": "f8", "bdata": "kSFZRIHP7j8ERgqh0zkbP9Ss9XrSqlFA"}
{"dtype": "f4", "bdata": "ULMXOtDyN0IKD802MMG0Oflkwjk7pPBB"}
{"dtype": "i4", "bdata": "EAAAACAAAABAAAAAgAAAAAABAAAAAgAA"}
{"bdata": "M2YOAAAAAAAEAAAAAAAAAF38AwAAAAAA", "dtype": "i8"}
<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==">
<script src="https://cdn.jsdelivr.net/npm/d3@7" integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6aR9GqQ8KaXuxEtz0H4k2yT3bQmXo7L1nVpWcJeYd"></script>
numpy==2.1.3 --hash=sha256:ba27e43fc2cb8ebaba2cb4ab4fae8b2cdbd2dc2e1b7a6a5e26b7b1c9fdbb1c39
https://example.org/search?q=token+price&page=2&sort=key&code=all&lang=en-GB
https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PLx0sYbCqOb8TBPRdmBHs5Iftvv9TPboYG
https://docs.google.com/spreadsheets/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit#gid=0
https://arxiv.org/abs/2407.10671v4 doi:10.1038/s41586-021-03819-2 ISBN 978-3-16-148410-0
s3://acme-ml/runs/2026-11-22T05-42-24Z/checkpoints/epoch=12-step=38000-val_loss=0.1834.ckpt
gs://bucket/tfrecords/train-00000-of-01024.tfrecord.gz hdfs://nn:8020/user/ml/part-00000
meta-llama/Meta-Llama-3.1-8B-Instruct-AWQ-INT4 unsloth/DeepSeek-R1-Distill-Qwen-14B-GGUF
Meta-Llama-3-1-70B-Instruct-2024-07-23 claude-sonnet-4-5-20250929 gpt-4o-mini-2024-07-18
sentence-transformers/all-MiniLM-L6-v2 google/vit-base-patch16-224-in21k openai/clip-vit-large-patch14-336
ip-10-0-12-34.eu-west-1.compute.internal i-0abcd1234ef567890 ami-0c55b159cbfafe1f0 arn:aws:s3:::acme-ml
wandb: Syncing run fancy-sweep-42 https://wandb.ai/acme/proj/runs/3x8k2m1q
mlflow-artifacts:/1/8f14e45fceea167a5a36dedd4bea2543/artifacts/model
optuna study no-name-f47ac10b-58cc-4372-a567-0e02b2c3d479 trial 17 finished with value 0.9312
sk-learn sk-estimator-doc-link sk-container-id-12 sk-toggleable__content-pandas
function e(t,n){return void 0===n&&(n=1e3),t.key===n.key?t:Object.assign({},t,{key:n.key,token:null})}
const t=r(8291),n=e=>e&&e.__esModule?e:{default:e};var key="ArrowDown",code="KeyK",pass=!0;
.css-1x2y3z4-MuiButtonBase-root{color:#1a2b3c}#T_1a2b3_row0_col1{width:10em}
XMLHttpRequestEventTargetPrototype2024 HistGradientBoostingClassifierV2WithBins64
getElementsByClassNameAndAttributeValue2026WithoutPrefix ThisIsAVeryLongIdentifierNumber12345
kernel_3x3_stride2_pad1_conv2d_BN_ReLU6_inverted_residual_block_07
Linear4bit(in_features=4096, out_features=14336) LlamaRotaryEmbedding() 7.24B params
Basic usage: see README2; Bearer of bad news1; basic Statistics2024
Authorization required: see https://wiki.example.org/auth2 (authorization: none)
license: "CC-BY-SA-4.0" license_key_required=False
credentials: "include" same-origin; withCredentials = true; credential_provider="default2"
secret-sharing schemes: 3-of-5; a trade secret: 11 herbs and spices
token: 'identifier' at 3:14; tokens: ['the', 'cat', 'sat2']; next token -> 'sat2'
session_id = "a1b2c3d4-e5f6-4789-8abc-def012345678"; session: "2026-11-22_a"
signature: (x: int, *, key: str = 'abc123') -> bool; signature_version = "s3v4"
Jwt = jwt.decode(raw, options={"verify_signature": False}); jwt_algorithm="HS256" jwt_alg: "RS256"
private_key_path="~/.ssh/id_ed25519" public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMq me@host"
password_reset_url = "https://example.org/reset" password_hash_rounds=12 pwd = os.getcwd() pwd: /home/me/project1
OLDPWD=/home/me/project1 PWD=/home/me/project2
df["token"] = df.text.str.split(); token = df["token"].iloc[0]
tokenizer.add_special_tokens({"pad_token": "[PAD1]", "sep_token": "[SEP2]"})
for token, prob in zip(tokens, probs): print(f"{token}: {prob:.3f}")
{"name": "token_count", "value": "12345678"} {"name": "accuracy", "value": "0.95321"}
{"key": "n_estimators", "value": "500"} {"name": "password_strength", "value": "medium12"}
<input name="q" value="random forest 2024"> <option value="key12345">Key</option>
name: auth_mode, value: "oauth2pkce1"; key: max_tokens value: 4096
config.set("display.max_rows", 100); pd.set_option("display.max_columns", None)
configure set region eu-west-1; git config user.name "Ann Smith"; git config --global core.editor vim
curl -s https://example.org/data.csv -o data.csv -u anonymous
docker run -u 1000:1000 -p 8888:8888 jupyter/base-notebook start.sh
login page at https://example.org/login?next=/home2 ; ssh -p 2222 login.example.org
password is required; the password was wrong; password field must have 8 characters2
api key not found: set OPENAI_API_KEY first; secret key of length 32; access key id is missing
The access key ring buffer uses SipHash24 internally
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
auth: {type: "bearer", required: true}; authentication = "kerberos5"
token: str = Field(..., description="The token1"); password: SecretStr = Field(min_length=8)
api_key: Optional[str] = None; token: Annotated[str, Depends(oauth2_scheme)] = ...
password: str = ""; secret: bytes = b""; key: jax.Array = "rbg2"
password = (user.password or default); token = (await get_token()).value
x = {"password": None, "token": "", "secret": "***", "api_key": "<your-key>", "pw": "xxxxxxxx"}
API_KEY = "your-api-key-here"; TOKEN = "YOUR_TOKEN"; password = "changeme"
api_key="sk-..." ; key = "insert key"; HF_TOKEN="hf_xxx"
secrets.token_hex(16); secrets.choice(alphabet); from secrets import token_urlsafe
hash(password) == 8731230987123; hashlib.sha256(password.encode()).hexdigest()
Key: C major; Key: value; key: Enter; KEY_ENTER = 13; keyCode=13
monkeypatch.setenv("API_KEY", "test"); patch("app.token", "x")
bert.encoder.layer.0.attention.self.key.weight torch.Size([768, 768])
transformer.h.11.attn.c_attn.weight key_padding_mask=mask attn_mask=None need_weights=False
k_proj.weight query_key_value.bias num_key_value_heads=8 past_key_values=None use_cache=True
kv_cache_key = "layer_12_head_3" cache_key: "9f86d081884c7d65" idempotency_key="f47ac10b-58cc-4372-a567-0e02b2c3d479"
partition_key="2024-01-01" row_key: "user#1234" hash_key="user_id_2" range_key=ts
foreign_key = "orders.customer_id" surrogate_key="sk_12345" natural_key = "AB-1234-CD"
{"schema": {"primaryKey": ["id1"]}, "keyPath": "a.b.c1"}
basic tokenization1 pipeline2; Bearer plants 1st class; digest="md5"
AutoModelForSequenceClassification.from_pretrained("distilbert/distilbert-base-uncased-finetuned-sst-2-english")
Qwen2_5_VLForConditionalGeneration stabilityai/stable-diffusion-xl-base-1-0-refiner-fp16-v2
experiment_name="2026-11-22_Resnet50_bs128_lr1e-3_seed42_AdamW_cosine" run_name="Vit-B16-224-Dropout0p1-Seed1337"
checkpoint-Epoch12-Step38000-ValLoss0p1834 model_Final_v2_2024-07-18T10-22-33Z_Best
Sample_A01_S1_L001_R1_001_Trimmed_Paired TCGA-A1-A0SB-01A-11R-A144-07
GSM4138872_scRNA_BMMC_D1T1 SRR12345678_1_val_1_FASTQC E-MTAB-5061_Pancreas_SmartSeq2
""".strip().splitlines()


@pytest.mark.parametrize(("line", "make"), SECRETS)
def test_a_secret_of_a_notebook_is_found(line: str, make: Make) -> None:
    for made in (make(), make(), make()):
        clean = redact(line.format(made))[0]
        assert made.rstrip("=") not in clean, clean


@pytest.mark.parametrize(("line", "make"), STRICT)
def test_a_secret_that_only_the_strict_rules_know_is_found(line: str, make: Make) -> None:
    for made in (make(), make(), make()):
        assert made.rstrip("=") not in redact_strictly(line.format(made))[0]


@pytest.mark.parametrize("line", HARMLESS)
def test_what_only_looks_like_a_secret_of_a_notebook_stays(line: str) -> None:
    assert redact(line) == (line, 0)
    assert redact_strictly(line) == (line, 0)
