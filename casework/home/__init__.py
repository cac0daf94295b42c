"""My work: what is due, overdue and new for whoever is signed in."""
