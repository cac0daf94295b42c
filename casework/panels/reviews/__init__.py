"""Looking at a case again, as its programme asks."""
