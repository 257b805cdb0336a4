"""What the operator decides, piece by piece; `bot/config.py` puts the pieces together."""
