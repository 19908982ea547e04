"""Kills real senders with `kill -9`, against real servers, and holds the ledger to its word.

`python -m tests.cycle.kills 200` does it longer than the tests do, on a store of its own.
"""
