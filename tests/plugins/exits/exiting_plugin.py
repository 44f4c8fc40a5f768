"""Ends the process when imported."""

import sys

sys.exit("good bye")
