"""Speed and memory, measured side by side in one run on one machine and printed as ratios.

Owns the programs that are measured, how they are pinned and loaded, and the table. Asserts
nothing: a bound whose breach would be a wrong answer is a test, a figure is a row here.
"""
