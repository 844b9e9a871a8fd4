"""The console: what is open across projects, for the security team. Off unless configured."""
