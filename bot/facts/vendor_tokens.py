"""Vendors' tokens that a distinctive prefix and a fixed alphabet give away.

Each row: vendor, prefixes, what follows them. The prefixes are the makers' own; the rows await a check against each
maker's page, so they carry no month yet.
"""

from __future__ import annotations

from typing import Final

VENDOR_TOKENS: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("a DigitalOcean token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"[a-f0-9]{64}\b"),
    ("a SendGrid key", ("SG.",), r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
    ("a Shopify token", ("shpat_", "shpca_", "shppa_", "shpss_"), r"[a-fA-F0-9]{32}\b"),
    ("a Databricks token", ("dapi",), r"[a-f0-9]{32}(?:-\d)?\b"),
    ("a Hugging Face token", ("hf_",), r"[A-Za-z]{34}\b"),
    ("a Linear key", ("lin_api_",), r"[A-Za-z0-9]{40}\b"),
    ("a Postman key", ("PMAK-",), r"[a-f0-9]{24}-[a-f0-9]{34}\b"),
    ("a Pulumi token", ("pul-",), r"[a-f0-9]{40}\b"),
    ("a RubyGems key", ("rubygems_",), r"[a-f0-9]{48}\b"),
    ("a Grafana token", ("glsa_",), r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b"),
    ("a Doppler token", ("dp.pt.",), r"[A-Za-z0-9]{43}\b"),
    ("an Anthropic key", ("sk-ant-api03-",), r"[A-Za-z0-9_-]{93}AA\b"),
    ("a New Relic key", ("NRAK-",), r"[A-Z0-9]{27}\b"),
    ("an age secret key", ("AGE-SECRET-KEY-1",), r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b"),
    ("a PlanetScale token", ("pscale_tkn_", "pscale_pw_"), r"[A-Za-z0-9_.=-]{32,64}"),
    ("a Brevo key", ("xkeysib-",), r"[a-f0-9]{64}-[A-Za-z0-9]{16}\b"),
    ("a Google OAuth client secret", ("GOCSPX-",), r"[A-Za-z0-9_-]{28}"),
)
