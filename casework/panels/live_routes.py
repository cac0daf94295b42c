"""The meeting as it goes: the chair's screen and the members' room."""
