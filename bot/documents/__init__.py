"""Text to nodes with places: every value knows its file, line and column."""
