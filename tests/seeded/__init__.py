"""Known mistakes in the way of a message, put into a copy of the program, and the tests that find them.

`python -m tests.seeded` does it with each and says which were caught.
"""
