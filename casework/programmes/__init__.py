"""Programmes as data: one TOML file each, read into frozen definitions."""
