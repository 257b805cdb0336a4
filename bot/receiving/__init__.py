"""Behind the second door: what systems send is proved, kept as it came, and understood in its order."""
