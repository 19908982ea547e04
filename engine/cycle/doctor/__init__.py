"""The doctor: what is wrong with the installation, the ledger and around it, and what to do about it."""
