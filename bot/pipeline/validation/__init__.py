"""What GitLab refuses of a CI file, in words like its own.

After gitlabhq `lib/gitlab/ci/config/entry/` and `lib/gitlab/config/entry/`, GitLab 18.3, with the keys that GitLab has
added up to 19.5 (read 2026-11). Each module checks a few keywords in GitLab's order, so that the first fault is the
one that GitLab shows first.
"""
