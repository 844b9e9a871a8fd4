"""IAM trust policies: which tokens a role accepts."""
