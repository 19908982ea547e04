"""What providers call back with, one file each."""
