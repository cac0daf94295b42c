"""What each agency gets to read, and the panels' way through the one gate."""
