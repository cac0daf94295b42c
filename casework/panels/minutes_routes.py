"""Minutes: written, approved, corrected."""
