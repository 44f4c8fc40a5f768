"""Ctrl-C while DuckDB works."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keyboard() -> Iterator[None]:
    """Let KeyboardInterrupt out: DuckDB makes a RuntimeError of what a signal handler raises."""
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise
