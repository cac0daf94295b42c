"""What agencies are asked about a case, what they return, and the item as a panel reads it."""
