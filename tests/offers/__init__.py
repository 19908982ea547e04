"""Codes and their stock."""
