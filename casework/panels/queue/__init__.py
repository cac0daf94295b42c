"""What waits for a panel: how it comes and goes, its order and the reason for each place."""
