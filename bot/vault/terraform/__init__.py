"""Terraform's modules, as far as the repository tells them."""
