"""The demonstration borough: agencies, people who sign in, a published year's records, and some live work."""
