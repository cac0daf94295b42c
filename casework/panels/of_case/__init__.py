"""What panels have to do with one case, and putting a case to another panel."""
