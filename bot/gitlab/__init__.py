"""GitLab itself, through python-gitlab: the only room that imports it."""
