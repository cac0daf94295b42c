"""Counts without keys: measures, disclosure control, reports and charts."""
