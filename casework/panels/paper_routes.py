"""Papers of each agency, and who read them."""
