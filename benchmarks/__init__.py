"""What rekindle costs beside what the same work costs by hand. See docs/performance.md."""
