"""The scheduler that runs until SIGTERM: it plans what is due, sends what may go, and takes over edits."""
