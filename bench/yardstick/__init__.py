"""The yardstick: the same answers from a bare handler, one statement and numpy. No code of KOPA."""
