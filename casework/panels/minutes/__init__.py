"""What the record of a meeting says, and that it cannot be changed once approved."""
