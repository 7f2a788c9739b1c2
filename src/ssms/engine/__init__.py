"""How one call is run: what was asked for, the threads that work on it, what comes of it."""
