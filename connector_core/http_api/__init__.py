"""The HTTP host: the three questions at Synqly's paths, for many integrations at once.

    from connector_core.http_api import Host, make_app

    app = make_app(Host(path))      # an ASGI application; `email-security serve` runs it

Needs the extra ``server``.
"""

from connector_core.http_api.app import make_app
from connector_core.http_api.host import Host

__all__ = ["Host", "make_app"]
