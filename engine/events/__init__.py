"""What came back: what providers and people tell about the messages, and what follows from it."""
