"""How things look in Slack: pure functions from what the bot believes to messages, forms and the home tab."""
