"""rekindle: a retention-campaign engine that says who hears what, when, and why not."""

__version__ = "0.1.0"
