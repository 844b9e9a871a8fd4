"""The use case: read a merge request, judge it, and bring its conversation up to date."""
