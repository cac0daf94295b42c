"""Cases that go to, or come from, the panel of another area."""
