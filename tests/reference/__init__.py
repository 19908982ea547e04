"""What the rule language means, said again in plain Python, and held against the engine's SQL."""
