"""The shelf of providers: one file each."""
