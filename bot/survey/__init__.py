"""What is on the default branches of an organisation: findings, and one trust map of all projects."""
