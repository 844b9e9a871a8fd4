"""IN: what GitLab tells. `event` and `signature` are pure; `routes` is the Flask side."""
