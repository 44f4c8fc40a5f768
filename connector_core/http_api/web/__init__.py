"""The web page: what the host can do, for a person with a browser.

Rendered on the server, without any script; every address is relative to the host itself.
"""

from connector_core.http_api.web.routes import router

__all__ = ["router"]
