"""The metrics, one a file: what it means, its formula, where that comes from, and its SQL."""
