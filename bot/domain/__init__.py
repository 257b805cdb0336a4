"""What the bot believes about incidents, people and policy. Pure: the standard library and nothing else."""
