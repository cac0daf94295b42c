"""The audit trail: what was looked at, searched, refused and changed, by whom; chained, so that no row can go unseen."""
