"""What GitLab, Vault and the tools say today: facts as values, each with its source and the month checked."""
