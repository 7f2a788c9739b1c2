"""Slow, readable twins of the processes and closed forms that the C core is compared with.

Nothing here imports ``ssms``: the answers are worked out a second time, from the papers.
Units: seconds, and evidence in units in which the caller says what the noise ``s`` is.
"""
