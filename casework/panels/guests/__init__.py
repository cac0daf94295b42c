"""Somebody outside who is asked about one item."""
