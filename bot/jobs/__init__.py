"""The durable queue.

A port of a few verbs (`port`), an embedded adapter (`sqlite`) and one for replicas (`postgres`).
"""
