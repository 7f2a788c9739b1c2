"""Samples, a training file and a run record of an earlier commit, and `make`, which writes them."""
