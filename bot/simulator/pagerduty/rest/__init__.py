"""PagerDuty's REST API v2, a table of endpoints per family."""
