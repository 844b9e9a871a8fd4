"""Workload identity pools: providers, their conditions, and the bindings that use them."""
