"""A case from its opening to its closure, and everything recorded on it."""
