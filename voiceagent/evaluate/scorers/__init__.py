"""Pure scores: from what was right and what was told to numbers."""
