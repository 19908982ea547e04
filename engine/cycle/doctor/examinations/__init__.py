"""The shelf of examinations: one file each."""
