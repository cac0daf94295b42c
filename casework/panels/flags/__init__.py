"""What agencies mark in their files, and until when."""
