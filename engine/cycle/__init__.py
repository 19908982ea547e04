"""The one place that knows the order: plan, commit, dispatch."""
