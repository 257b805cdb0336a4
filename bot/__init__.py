"""What it believes (domain), whom it speaks to (slack, pagerduty), what it does (effects), and its four doors."""
