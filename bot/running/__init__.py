"""A running Vault or OpenBao, read and never written: `sealcheck audit`."""
