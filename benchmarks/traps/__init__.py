"""Traps of multiprocessing, set for speedlab and its peers: `python -m benchmarks.traps`."""
