"""Promises and their codes: how many are left, who gets which, and what became of each.

A code is reserved with its delivery, is the same on every retry, and goes back when nothing is sent.
"""
