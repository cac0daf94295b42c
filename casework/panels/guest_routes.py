"""The one item that a guest was invited to."""
