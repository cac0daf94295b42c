"""Actions across meetings."""
