"""IN: GitLab's deliveries. `event` and `signature` are pure; `routes` is the Flask side."""
