"""Who can log in with a role, decided as the servers decide it."""
