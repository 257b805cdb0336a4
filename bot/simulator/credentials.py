"""What a bot must be given to be believed by the simulator. None of it is a secret."""

SLACK_BOT_TOKEN = "xoxb-simulated"
SLACK_APP_TOKEN = "xapp-simulated"
SLACK_SIGNING_SECRET = "simulated-signing-secret"
PAGERDUTY_API_TOKEN = "simulated-token"
PAGERDUTY_WEBHOOK_SECRET = "simulated-webhook-secret"
PAGERDUTY_FROM = "muster@example.com"
"""The PagerDuty user a bot writes as when nobody asked it to."""
