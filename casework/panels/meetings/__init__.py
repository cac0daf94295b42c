"""When a panel meets: single meetings and series, circulation, invitations, calendar files, reminders."""
