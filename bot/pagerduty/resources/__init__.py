"""PagerDuty's REST API, one file per resource: https://developer.pagerduty.com/api-reference"""
