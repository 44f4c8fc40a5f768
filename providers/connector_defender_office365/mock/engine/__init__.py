"""An embedded KQL engine that answers as advanced hunting does, or refuses.

It runs duckdb-kql over an in-memory DuckDB that can reach no file and no network. What the
translator gets wrong is corrected here, and what cannot be corrected is refused with an error:
a query is never answered with a guess.
"""

from .engine import Engine, Result
from .errors import KqlError

__all__ = ["Engine", "KqlError", "Result"]
