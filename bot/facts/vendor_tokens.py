"""Vendors' tokens that a distinctive form gives away: prefix, alphabet, length.

Each row: what it is, texts of which one is in every token, the pattern of the whole token, where the form is from:

- `gitleaks`: read in github.com/gitleaks/gitleaks, config/gitleaks.toml at 009e025 (2026-11);
- `seen`: known from detectors and samples, not looked up again except for CircleCI, Netlify, Pinecone and Buildkite:
  prefixes are sure, lengths are ranges where they differ;
- an address: the vendor's page on the form; where it is alone, it was not read again for this table.

No row is a token: a pattern has no token's letters behind its prefix.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class VendorToken(NamedTuple):
    """One row of the table. A token ends where no letter of a token follows, unless `open_end`."""

    what: str
    hints: tuple[str, ...]
    pattern: str
    source: str
    open_end: bool = False


_HEX: Final = "[a-f0-9]"
_UUID: Final = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_WORD: Final = "[A-Za-z0-9_-]"
_ALNUM: Final = "[A-Za-z0-9]"

_GITLAB: Final = (
    *("glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-"),
    *("glsoat-", "glffct-", "glwt-"),
)

VENDOR_TOKENS: Final[tuple[VendorToken, ...]] = (
    # -- forges, CI systems and registries
    VendorToken(
        "a GitLab token",
        _GITLAB,
        rf"(?:{'|'.join(_GITLAB)}){_WORD}{{20,300}}(?:\.[0-9a-z]{{2}}\.?[0-9a-z]{{7,9}})?",
        "docs.gitlab.com/security/tokens (token prefixes); gitleaks",
        open_end=True,
    ),
    VendorToken("a GitLab runner registration token", ("GR1348941",), rf"GR1348941{_WORD}{{20}}", "gitleaks"),
    VendorToken(
        "a GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{60,244})",
        "docs.github.com/authentication (token formats); gitleaks",
    ),
    VendorToken("a Bitbucket app password", ("ATBB",), rf"ATBB{_ALNUM}{{24}}[A-F0-9]{{8}}", "seen"),
    VendorToken(
        "a CircleCI token",
        ("CCIPAT_", "CCIPRJ_"),
        rf"CCIP(?:AT|RJ)_{_ALNUM}{{22}}_{_HEX}{{40}}",
        "seen",
    ),
    VendorToken("a Buildkite token", ("bkua_",), rf"bkua_{_HEX}{{40}}", "seen"),
    VendorToken(
        "a Harness token",
        ("pat.", "sat."),
        rf"[ps]at\.{_WORD}{{22}}\.{_ALNUM}{{24}}\.{_ALNUM}{{20}}",
        "gitleaks",
    ),
    VendorToken("an Octopus Deploy key", ("API-",), r"API-[A-Z0-9]{26}", "gitleaks"),
    VendorToken(
        "a SonarQube token",
        ("squ_", "sqp_", "sqa_"),
        rf"sq[upa]_{_HEX}{{40}}",
        "seen",
    ),
    VendorToken(
        "a Sourcegraph token", ("sgp_",), rf"sgp_(?:(?:{_HEX}{{16}}|local)_)?{_HEX}{{40}}", "gitleaks"
    ),
    VendorToken(
        "a Docker Hub token",
        ("dckr_",),
        rf"dckr_(?:pat|oat)_{_WORD}{{20,64}}",
        "docs.docker.com/security/access-tokens",
    ),
    VendorToken(
        "a Docker Swarm join token",
        ("SWMTKN-1-",),
        r"SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}",
        "docs.docker.com/engine/swarm/join-nodes",
    ),
    VendorToken(
        "an npm token", ("npm_",), rf"npm_{_ALNUM}{{36}}", "docs.npmjs.com/about-access-tokens; gitleaks"
    ),
    VendorToken(
        "a PyPI token", ("pypi-AgE",), rf"pypi-AgE{_WORD}{{50,1000}}", "docs.pypi.org (API tokens); gitleaks"
    ),
    VendorToken("a RubyGems key", ("rubygems_",), rf"rubygems_{_HEX}{{48}}", "gitleaks"),
    VendorToken("a NuGet key", ("oy2",), r"oy2[a-z0-9]{43}", "seen"),
    VendorToken("a crates.io token", ("cio",), rf"cio{_ALNUM}{{32}}", "seen"),
    VendorToken("a Clojars token", ("CLOJARS_",), r"CLOJARS_[a-z0-9]{60}", "gitleaks"),
    VendorToken("a JFrog key", ("AKCp", "cmVmd"), rf"(?:AKCp{_ALNUM}{{69}}|cmVmd{_ALNUM}{{59}})", "gitleaks"),
    VendorToken(
        "a JetBrains Hub token",
        ("perm:", "perm-"),
        r"perm[:-][A-Za-z0-9=]{4,64}\.[A-Za-z0-9=]{4,64}\.[A-Za-z0-9]{30}",
        "seen",
    ),
    VendorToken("a Packagist token", ("packagist_",), rf"packagist_[oua][ru]t_{_HEX}{{68}}", "seen"),
    # -- clouds and hosting
    VendorToken(
        "an AWS access key",
        ("AKIA", "ASIA", "ABIA", "ACCA"),
        r"A(?:KI|SI|BI|CC)A[A-Z2-7]{16}",
        "docs.aws.amazon.com/IAM (identifiers); gitleaks",
    ),
    VendorToken(
        "an Amazon Bedrock key", ("ABSK",), r"ABSK[A-Za-z0-9+/]{109,269}={0,2}", "seen", open_end=True
    ),
    VendorToken(
        "an AWS AppSync key", ("da2-",), r"da2-[a-z0-9]{26}", "docs.aws.amazon.com/appsync (API keys)"
    ),
    VendorToken(
        "an Azure AD client secret",
        ("Q~",),
        r"(?<![\w~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![~.])",
        "gitleaks",
    ),
    VendorToken(
        "an Azure DevOps token",
        ("AZDO",),
        rf"{_ALNUM}{{76}}AZDO{_ALNUM}{{4}}",
        "learn.microsoft.com/azure/devops (personal access tokens)",
    ),
    VendorToken(
        "an Azure storage key",
        ("AccountKey=", "SharedAccessKey="),
        r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,90}={0,2}",
        "learn.microsoft.com/azure/storage (connection strings)",
        open_end=True,
    ),
    VendorToken(
        "an Azure shared access signature",
        ("sig=",),
        r"(?<=[?&;])sig=[A-Za-z0-9%+/]{43,70}={0,2}(?=[\s\"'&\\]|$)",
        "learn.microsoft.com/azure/storage (service SAS)",
        open_end=True,
    ),
    VendorToken(
        "a Google API key",
        ("AIza",),
        rf"AIza{_WORD}{{35}}",
        "cloud.google.com/docs/authentication/api-keys; gitleaks",
    ),
    VendorToken("a Google OAuth client secret", ("GOCSPX-",), rf"GOCSPX-{_WORD}{{28}}", "seen"),
    VendorToken("a Google OAuth token", ("ya29.",), rf"ya29\.{_WORD}{{60,500}}", "seen", open_end=True),
    VendorToken("an Alibaba Cloud access key", ("LTAI",), rf"LTAI{_ALNUM}{{20}}", "gitleaks"),
    VendorToken("a Tencent Cloud access key", ("AKID",), rf"AKID{_ALNUM}{{32}}", "seen"),
    VendorToken(
        "a Yandex Cloud key",
        ("AQVN", "t1."),
        rf"(?:AQVN{_WORD}{{35,38}}|t1\.[A-Z0-9]{_WORD}+={{0,2}}\.{_WORD}{{86}}={{0,2}})",
        "gitleaks",
    ),
    VendorToken(
        "a DigitalOcean token",
        ("dop_v1_", "doo_v1_", "dor_v1_"),
        rf"do[por]_v1_{_HEX}{{64}}",
        "docs.digitalocean.com (token prefixes); gitleaks",
    ),
    VendorToken("a Cloudflare origin key", ("v1.0-",), rf"v1\.0-{_HEX}{{24}}-{_HEX}{{146}}", "gitleaks"),
    VendorToken("a Heroku key", ("HRKU-AA",), rf"HRKU-AA{_WORD}{{58}}", "gitleaks"),
    VendorToken("a Netlify token", ("nfp_", "nfc_", "nfo_", "nfu_"), r"nf[pcou]_[A-Za-z0-9_]{36,48}", "seen"),
    VendorToken(
        "a Fly.io token",
        ("fo1_", "fm1", "fm2_"),
        rf"(?:fo1_{_WORD}{{43}}|fm(?:1[ar]|2)_[A-Za-z0-9+/]{{100,}}={{0,3}})",
        "gitleaks",
        open_end=True,
    ),
    VendorToken("a Scalingo token", ("tk-us-",), rf"tk-us-{_WORD}{{48}}", "gitleaks"),
    VendorToken("a Supabase token", ("sbp_",), rf"sbp_(?:v0_)?{_HEX}{{40}}", "seen"),
    VendorToken(
        "a PlanetScale token",
        ("pscale_tkn_", "pscale_pw_", "pscale_oauth_"),
        r"pscale_(?:tkn|pw|oauth)_[\w=.-]{32,64}",
        "gitleaks",
        open_end=True,
    ),
    VendorToken("a Neon key", ("napi_",), r"napi_[a-z0-9]{64}", "seen"),
    VendorToken("an Aiven password", ("AVNS_",), rf"AVNS_{_WORD}{{19}}", "seen"),
    VendorToken(
        "a Tailscale key",
        ("tskey-",),
        rf"tskey-(?:auth|api|client|scim|webhook)-{_ALNUM}{{8,20}}-{_ALNUM}{{20,40}}",
        "tailscale.com/kb (key prefixes)",
    ),
    VendorToken("a ClickHouse Cloud key", ("4b1d",), rf"4b1d{_ALNUM}{{38}}", "gitleaks"),
    VendorToken("a Databricks token", ("dapi",), rf"dapi{_HEX}{{32}}(?:-\d)?", "gitleaks"),
    VendorToken("an OpenShift token", ("sha256~",), rf"sha256~{_WORD}{{43}}", "gitleaks"),
    VendorToken("a Defined Networking token", ("dnkey-",), rf"dnkey-{_WORD}{{26}}-{_WORD}{{52}}", "gitleaks"),
    # -- infrastructure as code, secrets, identity
    VendorToken(
        "a Terraform Cloud token",
        (".atlasv1.",),
        rf"{_ALNUM}{{14}}\.atlasv1\.[A-Za-z0-9_=-]{{60,70}}",
        "gitleaks",
    ),
    VendorToken("a Pulumi token", ("pul-",), rf"pul-{_HEX}{{40}}", "gitleaks"),
    VendorToken("an Infracost key", ("ico-",), rf"ico-{_ALNUM}{{32}}", "gitleaks"),
    VendorToken("a Prefect key", ("pnu_",), rf"pnu_{_ALNUM}{{36}}", "gitleaks"),
    VendorToken(
        "a Doppler token",
        ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."),
        rf"dp\.(?:pt|ct|sa|scim|audit|st\.(?:[a-z0-9_-]{{2,35}}\.)?|st)\.?{_ALNUM}{{40,44}}",
        "docs.doppler.com (token formats); gitleaks",
    ),
    VendorToken(
        "a 1Password service account token",
        ("ops_eyJ",),
        r"ops_eyJ[A-Za-z0-9+/_-]{250,}={0,3}",
        "gitleaks",
        open_end=True,
    ),
    VendorToken(
        "a 1Password secret key",
        ("A3-",),
        r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
        "gitleaks",
    ),
    VendorToken(
        "an age secret key",
        ("AGE-SECRET-KEY-1",),
        r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
        "github.com/FiloSottile/age; gitleaks",
    ),
    VendorToken("an Ory key", ("ory_pat_", "ory_at_"), rf"ory_(?:pat|at|rt)_{_WORD}{{32,100}}", "seen"),
    # -- messages, mail, chat
    VendorToken(
        "a Slack token",
        ("xox", "xapp-"),
        r"(?:xox[abeoprs][.-][A-Za-z0-9.-]{20,300}|xapp-\d-[A-Za-z0-9]+-\d+-[a-z0-9]{20,})",
        "api.slack.com/concepts/token-types; gitleaks",
    ),
    VendorToken(
        "a Slack webhook",
        ("hooks.slack.com",),
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/T\w{7,}/\w{7,}/[\w/]{20,}",
        "api.slack.com/messaging/webhooks; gitleaks",
    ),
    VendorToken(
        "a Microsoft Teams webhook",
        (".webhook.office.com",),
        rf"https://[a-z0-9]+\.webhook\.office\.com/webhookb2/{_UUID}@{_UUID}/IncomingWebhook/[a-z0-9]{{32}}/{_UUID}(?:/{_WORD}+)?",
        "gitleaks",
    ),
    VendorToken(
        "a Discord webhook",
        ("/api/webhooks/",),
        rf"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d{{17,20}}/{_WORD}{{60,72}}",
        "discord.com/developers/docs/resources/webhook",
    ),
    VendorToken(
        "a Telegram bot token",
        (":AA",),
        rf"(?:bot)?\d{{8,10}}:AA{_WORD}{{33}}",
        "core.telegram.org/bots/features; gitleaks",
    ),
    VendorToken("a SendGrid key", ("SG.",), rf"SG\.{_WORD}{{22}}\.{_WORD}{{43}}", "gitleaks"),
    VendorToken(
        "a Brevo key", ("xkeysib-", "xsmtpsib-"), rf"x(?:key|smtp)sib-{_HEX}{{64}}-{_ALNUM}{{16}}", "gitleaks"
    ),
    VendorToken("a Mailgun key", ("key-",), rf"(?<![\w-])key-{_HEX}{{32}}", "gitleaks"),
    VendorToken("a Mailchimp key", ("-us",), rf"{_HEX}{{32}}-us\d{{1,2}}", "gitleaks"),
    VendorToken("a Resend key", ("re_",), rf"re_{_ALNUM}{{8}}_{_ALNUM}{{24}}", "seen"),
    VendorToken("a Twilio key", ("SK",), r"SK[0-9a-f]{32}", "www.twilio.com/docs/iam/api-keys; gitleaks"),
    # -- payment and shops
    VendorToken(
        "a Stripe key",
        ("k_live_", "k_prod_"),
        rf"[sr]k_(?:live|prod)_{_ALNUM}{{20,247}}",
        "docs.stripe.com/keys; gitleaks",
    ),
    VendorToken(
        "a webhook signing secret",
        ("whsec_",),
        r"whsec_[A-Za-z0-9+/]{24,64}={0,2}",
        "docs.stripe.com/webhooks; standardwebhooks.com",
        open_end=True,
    ),
    VendorToken(
        "a Square token",
        ("sq0atp-", "sq0csp-", "EAAA"),
        rf"(?:sq0(?:atp|csp)-{_WORD}{{22,60}}|EAAA{_WORD}{{60}})",
        "gitleaks",
    ),
    VendorToken(
        "a Braintree token",
        ("access_token$production$",),
        rf"access_token\$production\$[0-9a-z]{{16}}\${_HEX}{{32}}",
        "seen",
    ),
    VendorToken("a Razorpay key", ("rzp_live_",), rf"rzp_live_{_ALNUM}{{14}}", "seen"),
    VendorToken("a Flutterwave key", ("FLWSECK",), r"FLWSECK(?:_TEST)?-[a-h0-9]{32}-X", "gitleaks"),
    VendorToken(
        "a Shopify token",
        ("shpat_", "shpca_", "shppa_", "shpss_"),
        r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
        "shopify.dev/docs/apps/auth; gitleaks",
    ),
    VendorToken("a Duffel token", ("duffel_live_",), rf"duffel_live_{_WORD}{{43}}", "gitleaks"),
    VendorToken("an EasyPost key", ("EZAK",), rf"EZAK{_ALNUM}{{54}}", "gitleaks"),
    VendorToken("a Shippo token", ("shippo_live_",), r"shippo_live_[a-fA-F0-9]{40}", "gitleaks"),
    VendorToken("a Plaid token", ("access-production-",), rf"access-production-{_UUID}", "gitleaks"),
    # -- watching systems
    VendorToken("a Grafana token", ("glsa_",), rf"glsa_{_ALNUM}{{32}}_[A-Fa-f0-9]{{8}}", "gitleaks"),
    VendorToken(
        "a Grafana Cloud token", ("glc_",), r"glc_[A-Za-z0-9+/]{32,400}={0,3}", "gitleaks", open_end=True
    ),
    VendorToken(
        "a New Relic key",
        ("NRAK-", "NRII-", "NRRA-"),
        r"NR(?:AK-[A-Z0-9]{27}|II-[A-Za-z0-9_-]{32}|RA-[a-f0-9]{42})",
        "gitleaks",
    ),
    VendorToken(
        "a Dynatrace token",
        ("dt0c01.", "dt0s01.", "dt0s02."),
        r"dt0[cs]0[12]\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}",
        "docs.dynatrace.com (token format); gitleaks",
    ),
    VendorToken(
        "a Sentry token",
        ("sntrys_", "sntryu_"),
        rf"(?:sntryu_{_HEX}{{64}}|sntrys_eyJ[A-Za-z0-9+/=_]{{80,500}})",
        "gitleaks",
        open_end=True,
    ),
    VendorToken("a PostHog key", ("phx_",), rf"phx_{_ALNUM}{{40,50}}", "seen"),
    VendorToken("a WakaTime key", ("waka_",), rf"waka_{_UUID}", "seen"),
    VendorToken("a LaunchDarkly key", ("sdk-", "api-"), rf"(?:sdk|api)-{_UUID}", "seen"),
    # -- work tools
    VendorToken(
        "an Atlassian token",
        ("ATATT3", "ATCTT3"),
        r"AT[AC]TT3[A-Za-z0-9_=-]{60,300}",
        "gitleaks",
        open_end=True,
    ),
    VendorToken("a Trello token", ("ATTA",), r"ATTA[a-z0-9]{64}[A-F0-9]{8}", "seen"),
    VendorToken(
        "a Linear key", ("lin_api_", "lin_oauth_"), rf"lin_(?:api|oauth)_{_ALNUM}{{40,64}}", "gitleaks"
    ),
    VendorToken("a Notion token", ("ntn_",), rf"ntn_\d{{11}}{_ALNUM}{{35}}", "gitleaks"),
    VendorToken("an Airtable token", ("pat",), rf"pat{_ALNUM}{{14}}\.{_HEX}{{64}}", "gitleaks"),
    VendorToken("a Figma token", ("figd_", "figo_"), rf"fig[do]_{_WORD}{{38,60}}", "seen"),
    VendorToken("a Postman key", ("PMAK-",), rf"PMAK-{_HEX}{{24}}-{_HEX}{{34}}", "gitleaks"),
    VendorToken("a Typeform token", ("tfp_",), r"tfp_[A-Za-z0-9_.=-]{40,59}", "gitleaks", open_end=True),
    VendorToken("a ReadMe key", ("rdme_",), r"rdme_[a-z0-9]{70}", "gitleaks"),
    VendorToken("a Contentful token", ("CFPAT-",), rf"CFPAT-{_WORD}{{43}}", "seen"),
    VendorToken("a Frame.io token", ("fio-u-",), r"fio-u-[A-Za-z0-9_=-]{64}", "gitleaks"),
    VendorToken("a HubSpot token", ("pat-na1-", "pat-eu1-"), rf"pat-(?:na|eu)\d-{_UUID}", "seen"),
    VendorToken("an Adobe client secret", ("p8e-",), r"p8e-[A-Za-z0-9]{32}", "gitleaks"),
    VendorToken("a MaxMind key", ("_mmk",), rf"{_ALNUM}{{6}}_{_ALNUM}{{29}}_mmk", "gitleaks"),
    VendorToken(
        "a Mapbox secret token",
        ("sk.eyJ",),
        rf"sk\.eyJ{_WORD}{{60,200}}\.{_WORD}{{22}}",
        "docs.mapbox.com/help/glossary/access-token",
    ),
    VendorToken("a Facebook token", ("EAAM", "EAAC"), rf"EAA[MC]{_ALNUM}{{100,}}", "gitleaks"),
    VendorToken(
        "a Settlemint token", ("sm_aat_", "sm_pat_", "sm_sat_"), rf"sm_[aps]at_{_ALNUM}{{16}}", "gitleaks"
    ),
    VendorToken("an Elastic Cloud key", ("essu_",), r"essu_[A-Za-z0-9+/=_-]{40,120}", "seen", open_end=True),
    # -- models
    VendorToken(
        "an OpenAI key",
        ("T3BlbkFJ",),
        rf"sk-(?:(?:proj|svcacct|admin|service)-)?{_WORD}{{20,100}}T3BlbkFJ{_WORD}{{20,100}}",
        "gitleaks",
    ),
    VendorToken(
        "an Anthropic key", ("sk-ant-",), rf"sk-ant-(?:api|admin|oat|ort)\d\d-{_WORD}{{80,110}}", "gitleaks"
    ),
    VendorToken("an OpenRouter key", ("sk-or-v1-",), rf"sk-or-v1-{_HEX}{{64}}", "seen"),
    VendorToken(
        "a Hugging Face token",
        ("hf_", "api_org_"),
        r"(?:hf|api_org)_[A-Za-z]{34}",
        "huggingface.co/docs/hub/security-tokens; gitleaks",
    ),
    VendorToken("a Pinecone key", ("pcsk_",), r"pcsk_[A-Za-z0-9_]{40,80}", "seen"),
    VendorToken("a Groq key", ("gsk_",), rf"gsk_{_ALNUM}{{48,56}}", "seen"),
    VendorToken("a Replicate token", ("r8_",), rf"r8_{_ALNUM}{{36,40}}", "seen"),
    VendorToken("an xAI key", ("xai-",), rf"xai-{_WORD}{{70,90}}", "seen"),
    VendorToken("a Perplexity key", ("pplx-",), rf"pplx-{_ALNUM}{{48}}", "gitleaks"),
    VendorToken("an NVIDIA key", ("nvapi-",), rf"nvapi-{_WORD}{{60,70}}", "seen"),
    VendorToken(
        "a LangSmith key",
        ("lsv2_pt_", "lsv2_sk_"),
        rf"lsv2_(?:pt|sk)_{_HEX}{{32}}_{_HEX}{{10}}",
        "seen",
    ),
)
