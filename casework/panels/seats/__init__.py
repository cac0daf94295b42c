"""Who sits on a panel for which agency."""
