"""Slack's dialect: what we send it, what it answers, how our things look there."""
