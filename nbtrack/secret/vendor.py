r"""Tokens known by the prefix their vendor gives them: a table of facts, and one search for all of it.

The table was checked against the rules of Betterleaks 2.0.0-rc.4 (2026-10, MIT), the maintained successor of Gitleaks,
and holds what those say about the form of a token: how it begins, and which characters follow, at least how many. To
bring it up to date, compare it with that project's ``config/betterleaks.toml``. Rules there that look for a vendor's
name near any 32 characters have no place here: the names of secrets are judged by ``secret.name``.

A vendor with ``!`` before it has prefixes that occur inside other words: they must begin one. With ``?`` they begin
ordinary words, too: what follows must look random. Tails are shorter than vendors make them, because vendors change
lengths more often than prefixes.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from nbtrack.secret.arrays import holds_numbers
from nbtrack.secret.rule import Rule, Span, one_of
from nbtrack.secret.value import is_any, looks_random

_TABLE: Final = r"""
1password    ops_eyJ                                    [A-Za-z0-9+/]{50,}={0,3}
!1password   A3-                                        [A-Z0-9]{6}-[A-Z0-9-]{22,30}
!adobe       p8e-                                       [A-Za-z0-9]{32}
age          AGE-SECRET-KEY-1                           [A-Z0-9]{40,}
aikido       AIK_CI_ AIK_SECRET_                        [A-Za-z0-9]{20,}
!airtable    pat                                        [A-Za-z0-9]{14}\.[0-9a-f]{64}
!alibaba     LTAI                                       [A-Za-z0-9]{12,26}
?alibaba     STS.                                       [A-Za-z0-9]{16,}
!alibaba     CAIS                                       [\w+/=-]{100,}
apify        apify_api_                                 [A-Za-z0-9]{30,}
!artifactory AKCp                                       [A-Za-z0-9]{60,}
!artifactory cmVmd                                      [A-Za-z0-9]{59}(?![\w+/=])
asaas        $aact_                                     [\w-]{20,}
atlassian    ATATT3 ATCTT3                              [\w=-]{30,}
!authress    sc_ ext_ scauth_ authress_                 [a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[\w-]{10,33}\.[\w+/=-]{30,}
!aws         AKIA ASIA AROA AIDA AGPA ANPA ABIA ACCA    [A-Z0-9]{16}(?![A-Za-z0-9])
!aws         ABSK                                       [A-Za-z0-9+/]{100,}={0,2}
aws          bedrock-api-key-                           [A-Za-z0-9+/=_-]{30,}
bitbucket    ATBB BBDC-                                 [\w+/=-]{28,}
?brave       BSA                                        [\w-]{24,}
buildkite    bkaa_ bkaj_ bkar_ bkct_ bkpt_ bkpat_ bkps_ bkua_  [\w-]{40,}
?canva       cnvca                                      [\w-]{48,}
!cerebras    csk-                                       [A-Za-z0-9]{40,}
circleci     CCIPAT_ CCIPRJ_                            [A-Za-z0-9]{20,}_[a-f0-9]{40}
!clickhouse  4b1d                                       [A-Za-z0-9]{38}(?![A-Za-z0-9])
!clickup     pk_                                        \d{8,9}_[A-Za-z0-9]{32}
clojars      CLOJARS_                                   [a-z0-9]{40,}
!cloudflare  v1.0-                                      [a-f0-9]{24}-[a-f0-9]{60,}
!cloudflare  cfat_ cfut_                                [A-Za-z0-9]{40,}
!cloudsmith  csa_                                       [A-Za-z0-9]{36}
cockroach    CCDB1_                                     [A-Za-z0-9]{22}_[A-Za-z0-9]{40}
configcat    configcat-sdk-1/                           [\w-]{20,}/[\w-]{20,}
?crates      cio                                        [A-Za-z0-9]{32}(?![A-Za-z0-9])
datastax     AstraCS:                                   [A-Za-z0-9:]{20,}
defined      dnkey-                                     [\w=-]{40,}
!deno        ddp_                                       [A-Za-z0-9]{36}
?devcycle    dvc_client_ dvc_mobile_ dvc_server_        [A-Za-z0-9]{16,}
?devin       apk_ cog_                                  [A-Za-z0-9+/_]{50,}={0,2}
digitalocean dop_v1_ doo_v1_ dor_v1_                    [a-f0-9]{32,}
docker       dckr_pat_ dckr_oat_ SWMTKN-1- SWMKEY-1-    [\w+/-]{20,}
doppler      dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.  [\w.-]{30,}
duffel       duffel_test_ duffel_live_                  [\w=-]{30,}
dynatrace    dt0c01.                                    [A-Za-z0-9]{24}\.[A-Za-z0-9]{40,}
!easypost    EZAK EZTK                                  [A-Za-z0-9]{50,}
elastic      essu_                                      [\w-]{40,}={0,2}
?exoscale    EXO                                        [A-Za-z0-9]{24,30}(?![A-Za-z0-9])
!facebook    EAAM EAAC EAAG                             [A-Za-z0-9]{80,}
figma        figd_                                      [\w-]{30,}
!fireworks   fw_                                        [A-Za-z0-9]{20,}
flutterwave  FLWSECK_TEST- FLWSECK-                     [A-Za-z0-9]{12,}(?:-X)?
!fly         fo1_ fm1r_ fm1a_ fm2_                      [\w+/=,-]{40,}
frameio      fio-u-                                     [\w=-]{40,}
github       ghp_ gho_ ghu_ ghs_ ghr_                   [A-Za-z0-9]{20,}
github       github_pat_                                \w{22,}
gitlab       glpat- gldt- glrt- glcbt- glptt- glft- glffct- glimt- glagent- gloas- glsoat- GR1348941  [\w.-]{18,}
!google      AIza                                       [\w-]{35}
google       ya29.                                      [\w.-]{20,}
google       GOCSPX-                                    [\w-]{20,}
google       GOOG1E                                     [A-Z0-9]{20,}
google       1//0                                       [\w-]{30,}
grafana      glsa_ glc_                                 [\w+/=]{30,}
!grafana     eyJrIjoi                                   [A-Za-z0-9+/]{40,}={0,2}
groq         gsk_                                       [A-Za-z0-9]{30,}
heroku       HRKU-                                      [\w-]{30,}
!huggingface hf_                                        [A-Za-z0-9]{28,}
huggingface  api_org_                                   [A-Za-z0-9]{28,}
!infracost   ico-                                       [A-Za-z0-9]{32}
!ionic       ion_                                       [A-Za-z0-9]{40,}
jina         jina_                                      [A-Za-z0-9_]{40,}
kaggle       KGAT_                                      [A-Za-z0-9]{30,}
langsmith    lsv2_pt_ lsv2_sk_                          \w{30,}
?langsmith   ls__                                       \w{30,}
?lichess     lip_                                       \w{20,}
linear       lin_api_ lin_oauth_                        [A-Za-z0-9]{30,}
llamacloud   llx-                                       [A-Za-z0-9]{40,}
mailersend   mlsn.                                      [A-Za-z0-9]{30,}
!mailgun     key- pubkey-                               [0-9a-f]{32}(?![0-9a-f-])
mercury      mercury_production_                        \w{40,}
mergify      mergify_application_key_                   [\w-]{30,}
mongodb      mdb_sa_sk_                                 [\w-]{30,}
!neon        napi_                                      [A-Za-z0-9]{50,}
netlify      nfp_ nfc_ nfo_ nfb_ nfu_                   [\w-]{30,}
newrelic     NRAK- NRII- NRJS-                          [A-Za-z0-9-]{16,}
notion       ntn_                                       [A-Za-z0-9]{40,}
?notion      secret_                                    \w{32,}
npm          npm_                                       [A-Za-z0-9]{30,}
nvidia       nvapi-                                     [\w-]{30,}
!nylas       nyk_                                       [A-Za-z0-9]{40,}
?octopus     API-                                       [A-Z0-9]{26}(?![A-Z0-9])
onesignal    os_v2_app_ os_v2_org_                      [a-z2-7]{60,}
onfido       api_live. api_live_ca. api_live_us. api_sandbox.  [\w-]{20,}
?openai      sk-                                        [\w-]{20,}
openshift    sha256~                                    [\w-]{43}
paddle       pdl_live_apikey_ pdl_sdbx_apikey_          \w{40,}
perplexity   pplx-                                      [A-Za-z0-9]{30,}
persona      persona_production_ persona_sandbox_       [\w-]{20,}
pinecone     pcsk_                                      \w{30,}
?pinterest   pina_                                      [\w-]{30,}
planetscale  pscale_tkn_ pscale_pw_ pscale_oauth_       [\w.=-]{20,}
?polar       polar_at_ polar_oat_ polar_pat_            [\w-]{20,}
?posthog     phx_                                       [\w-]{30,}
postman      PMAK-                                      [A-Fa-f0-9-]{30,}
prefect      pnu_ pnb_                                  [A-Za-z0-9]{30,}
?proof       prf_                                       [\w-]{30,}
!pulumi      pul-                                       [a-f0-9]{40}
pypi         pypi-                                      [\w-]{50,}
ramp         ramp_sec_                                  [A-Za-z0-9]{40,}
!razorpay    rzp_live_ rzp_test_                        [A-Za-z0-9]{14}
readme       rdme_                                      [a-z0-9]{50,}
!render      rnd_                                       [A-Za-z0-9]{28}
!replicate   r8_                                        [A-Za-z0-9]{30,}
!resend      re_                                        [A-Za-z0-9]{8}_[A-Za-z0-9]{24}
!rootly      rootly_                                    [a-f0-9]{64}
rubygems     rubygems_                                  [a-f0-9]{40,}
?runpod      rpa_                                       [A-Za-z0-9]{30,}
samsara      samsara_api_                               [A-Za-z0-9]{26,}
scalingo     tk-us-                                     [\w-]{40,}
!scaleway    SCW                                        [A-Z0-9]{17}(?![A-Z0-9])
sendgrid     SG.                                        [\w-]{16,}\.[\w-]{16,}
sendinblue   xkeysib- xsmtpsib-                         [a-f0-9]{40,}(?:-\w+)?
sentry       sntrys_ sntryu_                            [\w+/=-]{30,}
settlemint   sm_aat_ sm_pat_ sm_sat_                    [A-Za-z0-9]{16}
shippo       shippo_live_ shippo_test_                  [A-Fa-f0-9]{40}
shopify      shpat_ shpca_ shppa_ shpss_                [A-Fa-f0-9]{32}
slack        xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xoxc- xoxd- xapp-  [\w.%/+-]{10,}
?sourcegraph sgp_                                       \w{40,}
!square      sq0atp- sq0csp- EAAA                       [\w-]{20,}
!stripe      sk_ rk_                                    (?:live|test|prod|car)_[A-Za-z0-9+/=]{10,}
stripe       whsec_                                     [A-Za-z0-9+/=]{16,}
supabase     sbp_ sb_secret_                            [\w-]{20,}
tailscale    tskey-                                     [\w-]{20,}
tavily       tvly-                                      [\w-]{20,}
telegram     :AA                                        [\w-]{33}(?![\w-])
?telnyx      KEY                                        [\w-]{55}(?![\w-])
terraform    .atlasv1.                                  [\w=-]{40,}
?thunderstore tss_                                      [\w-]{30,}
together     tgp_v1_                                    [\w-]{20,}
!twilio      SK                                         [0-9a-f]{32}(?![0-9A-Za-z])
typeform     tfp_                                       [\w.=-]{40,}
?unkey       unkey_                                     [A-Za-z0-9]{20,}
?upcloud     ucat_                                      [A-Za-z0-9]{24,}
?valtown     vtwn_                                      [\w-]{20,}
vault        hvs. hvb. hvr.                             [\w-]{20,}
!vercel      vck_ vca_ vcr_ vci_ vcp_                   [\w-]{50,}
?voyage      pa- al-                                    [\w-]{43}(?![\w-])
?wakatime    waka_                                      [a-z0-9-]{36,}
wandb        wandb_v1_                                  \w{20,}
workato      wrka-eyJ wrkaus-eyJ wrkaeu-eyJ             [\w.-]{60,}
xai          xai-                                       [\w-]{30,}
xendit       xnd_production_ xnd_development_           [A-Za-z0-9]{40,}
!yandex      AQVN                                       [\w-]{35,}
!zuplo       zpka_                                      [a-z0-9]{32}_[0-9a-f]{8}
"""

# No token is shorter than this, and most lines have no word so long. Short words are passed over within one match: a
# search for long ones would begin anew at each of their characters.
SHORTEST: Final = 20
_LONG: Final = re.compile(r"(?:[\w.+/~-]{0,19}+[^\w.+/~-]++)*+(?P<s>[\w.+/~-]{20,}+)")
_BEFORE: Final = 20  # characters of a prefix that may stand before such a word
_EDGES: Final = {
    mark: re.compile(rf"(?<![A-Za-z0-9+/_{dash}])|(?<=\\[nrt])|(?<=%3[dD])|(?<=%20)")
    for mark, dash in (("!", ""), ("?", "-"))
}


class _Form(NamedTuple):
    hidden: str
    tail: re.Pattern[str]
    kind: str  # "!", "?" or "", as in the table


def _forms() -> Iterator[tuple[str, _Form]]:
    for line in _TABLE.strip().splitlines():
        vendor, *prefixes, tail = line.split()
        name = vendor.lstrip("!?")
        form = _Form(f"[redacted:{name}]", re.compile(tail), vendor.removesuffix(name))
        yield from ((prefix, form) for prefix in prefixes)


@cache
def _known() -> tuple[re.Pattern[str], dict[str, list[_Form]]]:
    """Return a pattern of all prefixes, and the forms of each; made when a text first has a long word."""
    forms: dict[str, list[_Form]] = {}
    for prefix, form in _forms():
        forms.setdefault(prefix, []).append(form)
    return re.compile(one_of(list(forms))), forms


def _find(text: str) -> Iterator[Span]:
    at = done = 0
    while word := _LONG.match(text, at):
        at, found = word.end(), word["s"]
        if found.isalpha() or (found.isalnum() and found.islower()):
            continue  # the name of a class, a hash
        for span in _in_word(text, max(done, word.start("s") - _BEFORE), at):
            done = span.end
            yield span


def _in_word(text: str, at: int, end: int) -> Iterator[Span]:
    heads, forms = _known()
    while head := heads.search(text, at, end):
        span = next(filter(None, (_token(text, head, form) for form in forms[head[0]])), None)
        at = head.start() + 1 if span is None else span.end
        if span is not None:
            yield span


def _token(text: str, head: re.Match[str], form: _Form) -> Span | None:
    """Return where the token with this head ends. The edge is looked at first: it keeps the search linear."""
    if form.kind and not _EDGES[form.kind].match(text, head.start()):
        return None
    tail = form.tail.match(text, head.end())
    if tail is None or not (looks_random if form.kind == "?" else is_any)(tail[0]):
        return None
    if form.kind and holds_numbers(text, head.start()):
        return None
    return Span(head.start(), tail.end(), form.hidden)


VENDORS: Final = Rule((), _find)
