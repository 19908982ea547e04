"""The only home of tables. Stages share rows through it and nothing else."""
