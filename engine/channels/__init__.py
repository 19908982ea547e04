"""What carries a message: one interface, and a shelf of providers."""
