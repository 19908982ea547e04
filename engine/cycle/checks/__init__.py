"""What `check` looks for, a family of findings in each file."""
