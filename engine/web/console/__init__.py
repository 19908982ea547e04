"""The page for those without a terminal, behind a password: `/console/`."""
