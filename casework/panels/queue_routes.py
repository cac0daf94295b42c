"""The queue of a panel: what waits to be heard, in what order, and why."""
