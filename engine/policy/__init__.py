"""The gates: who of an audience may be written to now, who not and why, and who waits until when."""
