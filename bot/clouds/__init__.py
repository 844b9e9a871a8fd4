"""What AWS, Google Cloud and Azure accept of GitLab's ID tokens."""
