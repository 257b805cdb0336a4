"""What it believes (domain), whom it speaks to (slack, pagerduty, sources), what it does (effects), its four doors
(listeners, webhooks, worker, clock) and what lies behind them (entrance, speaking, receiving), what the operator
decides (config, settings) and asks for (console, doctor)."""
