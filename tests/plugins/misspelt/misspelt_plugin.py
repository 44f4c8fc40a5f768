"""Its hook has a name that nobody calls."""

from connector_core.hookspecs import hookimpl


@hookimpl
def connector_provider() -> list[object]:
    return []
