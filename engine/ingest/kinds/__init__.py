"""What can be imported, one kind a file: its columns, how they are read, and where they go."""
