"""What it brought: retention, churn and value of customers, and what campaigns won."""
