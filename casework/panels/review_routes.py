"""Reviews that are due, and that were done."""
