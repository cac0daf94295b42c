"""The meeting while it is held: who is there, what is said, decided and agreed."""
