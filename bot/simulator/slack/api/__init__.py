"""Slack's Web API, one file per family of methods; `methods.METHODS` is the table of contents."""
