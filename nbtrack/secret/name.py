"""Names under which secrets are kept, told from names that only look like one by the words they are made of."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from nbtrack.model.ids import RUN_ID

SURE = 2  # the grade of names that only secrets have
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PART = re.compile(r"[A-Za-z0-9]+")
_IN_BETWEEN = re.compile(r"[0-9]+(?=[A-Za-z])")
_LONG = 5  # letters that do not meet by chance
_STRONG = frozenset(
    "password passwords passwd passphrase passwort pwd pw secret secrets apikey apikeys credential credentials "
    "authtoken accesstoken accesskey secretkey privatekey secretaccesskey accountkey sharedaccesskey "
    "storagekey".split(),
)
_ENDINGS = ("password", "passwd", "passphrase", "apikey", "secretkey", "accesskey", "authtoken", "accesstoken")
_WEAK = frozenset("token auth authorization bearer jwt pat cookie authkey".split())
_KEYS = frozenset(  # words that make a key a secret one
    "api secret private access account auth signing signature encryption ssh storage service subscription license "
    "master shared admin hmac aes rsa deploy ssl tls app client consumer application wandb openai anthropic hf "
    "huggingface aws azure gcp google neptune comet mlflow stripe github gitlab slack datadog sentry pinecone cohere "
    "mistral groq replicate databricks snowflake twilio sendgrid mailgun langchain langsmith tavily serper together "
    "fireworks perplexity gemini claude deepseek kaggle fernet roboflow elevenlabs nvidia ngc "
    "dagshub clearml cipher jwt session django flask cookie webhook bot user".split(),
)
_PASS = frozenset(
    "db database my mysql pg postgres pgsql sql smtp ftp sftp user admin root email mail redis mongo ssh proxy".split(),
)
_NOT_A_SECRET = frozenset(  # last words: about a secret, not the secret
    "name names field fields file files filename path paths dir folder url uri endpoint type types kind id ids length "
    "len size count policy expiry expires expiration ttl env var variable column columns col label prompt hint regex "
    "pattern provider index idx error version format prefix suffix header headers min max limit method mode manager "
    "class function func fn hook required enabled scope scopes ratio rate loss acc accuracy embedding embeddings dim "
    "dims mask masks counter usage cost budget strategy timeout age lifetime param params arg args option "
    "strength quality complexity entropy score reset rounds iterations bits algorithm algo alg generator validator "
    "validation checker check checks rule rules requirement requirements attempts tries failures page form dialog "
    "input widget button model dataset category feature features santa sauce sharing recipe agent".split(),
)
_LANGUAGE = frozenset(  # a token among these words is a piece of text or an image
    "num n nb max min total avg mean per cls pad padding eos bos sos unk mask sep special memory image img vision "
    "visual video audio speech text word words sub subword char prompt completion input output in out target source "
    "class classification position pos spatial temporal patch query learnable learned latent prefix suffix start stop "
    "end begin first last next prev previous new added extra reg register registers pool pooling mixer mixing pruning "
    "drop dropout merge merging embed embedding lang language decoder encoder context think thinking reasoning tool "
    "system assistant bpe wordpiece lex lexer parse parser current curr lookahead tag nlp sentence newline dot "
    "separator boi eoi fim sentinel cached generated forced bad begin suppress user_defined".split(),
)
_SIGN_IN = frozenset(
    "access api auth bearer refresh session csrf xsrf personal private secret bot oauth jwt security".split()
)


def is_secret_name(name: str) -> bool:
    """Tell whether a variable, option or key of this name holds a secret, judged by its words.

    >>> [name for name in ("api_key", "dbPassword", "tokenizer", "cls_token", "HF_TOKEN") if is_secret_name(name)]
    ['api_key', 'dbPassword', 'HF_TOKEN']
    """
    return grade(name) > 0


@lru_cache(maxsize=4096)
def grade(name: str) -> int:
    """Return 2, ``SURE``, for names only secrets have (``password``), 1 for some they may have (``token``), else 0."""
    if len(name) > 120:
        return 0
    words = [word for part in _PART.findall(RUN_ID.sub(" ", name)) for word in _words(part)]
    if not words or words[-1] in _NOT_A_SECRET or words[0] in ("num", "n", "max", "min", "has", "is", "use"):
        return 0
    if (
        _STRONG.intersection(words)
        or words[-1].endswith(_ENDINGS)
        or _is_key(words)
        or (words[-1] == "pass" and not _PASS.isdisjoint(words))
    ):
        return SURE
    return int(_is_token(words))


def _words(part: str) -> Iterator[str]:
    """Yield the words of a part of a name. In an id (``k4j938pw``) short ones are letters that met by chance."""
    numbers = _IN_BETWEEN.findall(part)
    is_id = len(numbers) > 1 or any(len(number) > 2 for number in numbers)
    for word in _WORD.finditer(part):
        goes_on = _IN_BETWEEN.match(part, word.end()) is not None
        touched = goes_on or (is_id and (part[: word.start()][-1:].isdigit() or part[word.end() :][:1].isdigit()))
        if not touched or len(word[0]) >= _LONG:
            yield word[0].lower()


def _is_key(words: list[str]) -> bool:
    return any(word in ("key", "keys") and before in _KEYS for before, word in pairwise(words))


def _is_token(words: list[str]) -> bool:
    if words[-1] == "tokens":
        return not _SIGN_IN.isdisjoint(words)
    if words[-1] not in _WEAK and "token" not in words:
        return False
    return _LANGUAGE.isdisjoint(words) or not _SIGN_IN.isdisjoint(words)
