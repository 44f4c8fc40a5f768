"""A person presses Ctrl-C while it is imported."""

raise KeyboardInterrupt
