"""What agencies agreed to do, across meetings."""
