"""Panels: who sits on them, what waits to be heard, meetings, research, decisions, actions, minutes and papers."""
