"""Nodes to GitLab CI meaning: the jobs that GitLab runs, and where each of their values is."""
