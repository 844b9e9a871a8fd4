"""Terraform's modules, as far as the repository contains them."""
