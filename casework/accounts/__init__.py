"""Agencies, users, what each user is in which programme, and how they sign in."""
