"""Sealing: what identifies or narrates lies encrypted, and can still be found by those who may find it."""
