"""How one call is run: the request, the threads that work on it, the results."""
