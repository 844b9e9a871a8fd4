"""The Common Expression Language: read, and evaluated as far as its meaning is known here."""
