"""Reads what somebody wrote for the catalogue: our own form, and descriptions of APIs.

Owns the form of a catalogue file (`toml`) and what an OpenAPI document means here (`openapi`); both
are pure. Does not own what a catalogue may hold (`core.catalogue`), nor what becomes of what was
read: that is an operation.
"""
