"""The people whom cases are about: sealed, found by what they are called and how that sounds."""
