"""What tests of operations ask for beside a stage."""

from jumping import scene

__all__ = ["scene"]
