"""avoid."""
