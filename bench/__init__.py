"""Speed and memory, measured side by side in one run on one machine and printed as ratios.

Owns the programs that are measured (`servers`, `peer`, `postgres`), how they are pinned and loaded
(`programs`, `load`), the store alone (`stores`, `committing`) and the tables. Does not own a bound
and asserts nothing: a bound whose breach would be a wrong answer is a test, a figure is a row here.
"""
