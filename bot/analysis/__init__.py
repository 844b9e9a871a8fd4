"""Running the rules: head against base, suppressions, proof of fixes."""
