"""Who may do what to which record: the words, the one rule, and the doors that ask it."""
