"""How a case comes in: enquiries, referrals, drafts, one-time links, screening, import."""
