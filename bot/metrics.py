"""What Muster counts about itself; served at /metrics in Prometheus' text format."""

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

DELIVERIES = Counter("muster_deliveries_total", "Requests from outside, by door and outcome", ["door", "outcome"])
JOBS = Counter("muster_jobs_total", "Attempts at owed effects, by outcome", ["effect", "outcome"])
JOB_SECONDS = Histogram("muster_job_seconds", "How long an attempt took", ["effect"])
ANSWER_SECONDS = Histogram("muster_answer_seconds", "How long a person waited for an answer", ["origin"])
OWED = Gauge("muster_owed_jobs", "Effects owed and not yet done")
OLDEST = Gauge(
    "muster_oldest_owed_seconds", "How long the oldest effect has been owed, since it was first due", ["priority"]
)
LATE = Gauge("muster_late_jobs", "Effects that were tried, or sent away by a limit, and wait for their next turn")
GATE_WAIT = Histogram(
    "muster_gate_wait_seconds", "How long a call to Slack waited for its turn under Slack's limits", ["method"]
)
DEAD = Gauge("muster_given_up_jobs", "Effects given up and kept")
DATABASE_UP = Gauge("muster_database_up", "Whether the database answers, with a schema that serves: 1 or 0")
WATCH = Gauge("muster_watch_raised", "Whether Muster has an alarm about itself open in PagerDuty: 1 or 0")
TROUBLE = Counter("muster_trouble_total", "Attempts that a system outside did not let through", ["system", "cause"])
AILING = Gauge("muster_ailing", "Whether this ails a system outside now: 1 or 0", ["system", "cause"])
SIGNALS = Counter("muster_signals_total", "What sources signalled, by action", ["source", "action"])
NOT_UNDERSTOOD = Counter("muster_deliveries_not_understood_total", "Deliveries kept with a complaint", ["source"])

__all__ = [
    "AILING", "ANSWER_SECONDS", "DATABASE_UP", "DEAD", "DELIVERIES", "GATE_WAIT", "JOBS", "JOB_SECONDS", "LATE",
    "NOT_UNDERSTOOD", "OLDEST", "OWED", "REGISTRY", "SIGNALS", "TROUBLE", "WATCH",
]  # fmt: skip
