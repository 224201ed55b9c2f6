"""offset."""
