"""Which cases a meeting hears, in what order, and whether they fit."""
