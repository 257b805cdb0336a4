"""Behind the first door: somebody speaks in Slack, is known, may do it or not, and is answered."""
