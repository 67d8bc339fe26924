"""A part in another process behind the same contract: it may block, hold the GIL or crash."""
