"""What agencies are asked about an item, and what they return."""
