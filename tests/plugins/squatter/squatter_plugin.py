"""Has the entry-point name of another distribution; must not even be imported."""

raise AssertionError("imported")
