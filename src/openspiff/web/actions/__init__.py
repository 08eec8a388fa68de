"""What can be done? Every write, by topic: one function, one transaction, one audit row."""
