"""PagerDuty's dialect: what its webhooks mean (no I/O), its REST API and its Events API."""
