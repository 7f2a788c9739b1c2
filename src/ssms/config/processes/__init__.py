"""Processes: which parameter of a model plays which role in what equation.

A process is a frozen dataclass whose fields are roles (drift, start, leak, ...) and whose values
are parameter names; called with parameter arrays it simulates.
"""
