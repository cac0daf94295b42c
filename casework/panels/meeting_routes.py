"""Meetings and their series: planned, changed, circulated."""
