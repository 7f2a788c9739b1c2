"""Numbers that several parts of the package and its clients agree on."""

OMISSION_SENTINEL = -999.0
"""Response time of a sample without a response in time."""
