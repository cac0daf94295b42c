"""The agenda of a meeting: built from the queue, ordered, timed."""
