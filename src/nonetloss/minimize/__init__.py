"""minimize."""
