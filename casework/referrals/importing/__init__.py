"""Importing a folder of CSV files: read and checked first, sealed next, and written last in one transaction."""
