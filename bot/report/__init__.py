"""What a scan says, in the formats of those who read it: pure functions from an outcome to text."""
