"""How good is it: scorers, and later the suites that feed them."""
