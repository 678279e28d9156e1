"""One folder per wire dialect.

Owns spelling: which URL calls which operation with which demand, and how arguments, results and
refusals look on the wire. Does not own any decision: those are the operations'. No face knows
another; what all share is the `boundary`'s.
"""
