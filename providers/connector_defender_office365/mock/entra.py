"""Entra ID: discovery, instance discovery and the token endpoint.

Source: Microsoft's "client credentials flow" page (2026) and what MSAL Python 1.39 asks for.
"""

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from connector_core.clock import Clock

from .applications import Application
from .clouds import BY_LOGIN_HOST, CLOUDS, GRAPH_HOSTS, LOOPBACK, Cloud
from .entra_errors import Refused, entra_headers, refusal_response
from .tokens import LIFETIME, TokenMint
from .wire import Request, Response, json_response

DISCOVERY = "/v2.0/.well-known/openid-configuration"
TOKEN = "/oauth2/v2.0/token"  # noqa: S105
INSTANCE = "/common/discovery/instance"


class Entra:
    """The sign-in service, as far as a confidential client uses it."""

    def __init__(
        self,
        tenant_id: str,
        tenant_domain: str,
        applications: Mapping[str, Application],
        mint: TokenMint,
        clock: Clock,
        cloud: Cloud | None = None,
    ) -> None:
        self._tenant_id = tenant_id
        self._tenant_domain = tenant_domain
        self._applications = applications
        self._mint = mint
        self._clock = clock
        self._cloud = cloud

    def handle(self, request: Request) -> Response:
        """Answer one request; what Entra refuses becomes its error JSON."""
        path = request.parts.path
        try:
            if path == INSTANCE and request.method == "GET":
                return self._instance(request)
            if path.endswith(DISCOVERY) and request.method == "GET":
                return self._discovery(request)
            if path.endswith(TOKEN):
                return self._token(request)
        except Refused as refused:
            return refusal_response(refused, request, self._clock.now())
        return Response(404, entra_headers(request))

    def _instance(self, request: Request) -> Response:
        asked = parse_qs(request.parts.query)
        endpoint = asked.get("authorization_endpoint", [""])[0]
        host = urlsplit(endpoint).hostname or ""
        own = request.parts.netloc
        known = [
            {
                "preferred_network": cloud.login,
                "preferred_cache": cloud.login,
                "aliases": [cloud.login, *cloud.aliases],
            }
            for cloud in CLOUDS
        ]
        if request.host in LOOPBACK:
            known.append({"preferred_network": own, "preferred_cache": own, "aliases": [own]})
        if not endpoint:
            raise Refused(900144, value="authorization_endpoint")
        if host not in BY_LOGIN_HOST and not (request.host in LOOPBACK and host in LOOPBACK):
            raise Refused(50049)
        tenant = urlsplit(endpoint).path.strip("/").partition("/")[0]
        return json_response(
            200,
            {
                "tenant_discovery_endpoint": f"https://{host}/{tenant}{DISCOVERY}",
                "api-version": asked.get("api-version", ["1.1"])[0],
                "metadata": known,
            },
            entra_headers(request),
        )

    def _discovery(self, request: Request) -> Response:
        self._known_tenant(request, DISCOVERY, error="invalid_tenant")
        cloud = self._cloud or BY_LOGIN_HOST.get(request.host, CLOUDS[0])
        base = f"{request.origin}/{self._tenant_id}"
        return json_response(
            200,
            {
                "token_endpoint": base + TOKEN,
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                    "self_signed_tls_client_auth",
                ],
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": f"{base}/v2.0",
                "request_uri_parameter_supported": False,
                "userinfo_endpoint": f"https://{cloud.graphs[0]}/oidc/userinfo",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "http_logout_supported": True,
                "frontchannel_logout_supported": True,
                "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
                "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "ver"],
                "tenant_region_scope": cloud.region_scope,
                "cloud_instance_name": cloud.name,
                "cloud_graph_host_name": "graph.windows.net",
                "msgraph_host": cloud.graphs[0],
                "rbac_url": "https://pas.windows.net",
            },
            entra_headers(request),
        )

    def _token(self, request: Request) -> Response:
        if request.method != "POST":
            raise Refused(900561, value=request.method)
        self._known_tenant(request, TOKEN)
        if self._cloud and BY_LOGIN_HOST.get(request.host, self._cloud) is not self._cloud:
            raise Refused(900382)
        fields = parse_qs(request.body.decode("utf-8", "replace"))
        form = {name: values[0] for name, values in fields.items()}
        for required in ("grant_type", "client_id", "scope"):
            if not form.get(required):
                raise Refused(900144, value=required)
        if form["grant_type"] != "client_credentials":
            raise Refused(70003, value=form["grant_type"])
        client_id = form["client_id"]
        application = self._applications.get(client_id)
        if application is None:
            raise Refused(700016, client=client_id, tenant=self._tenant_id)
        audience = self._audience(form["scope"], request)
        self._authenticate(form, application, request)
        if not application.in_tenant:
            raise Refused(7000229, client=client_id, tenant=self._tenant_id)
        if not application.enabled:
            raise Refused(7000112, client=client_id, value=application.name)
        return json_response(
            200,
            {
                "token_type": "Bearer",
                "expires_in": LIFETIME,
                "ext_expires_in": LIFETIME,
                # Missing consent is no error: the token then carries no roles.
                "access_token": self._mint.issue(audience, client_id, application.roles),
            },
            entra_headers(request),
        )

    def _known_tenant(self, request: Request, endpoint: str, error: str = "") -> None:
        named = request.parts.path.removesuffix(endpoint).strip("/")
        if named.lower() not in (self._tenant_id.lower(), self._tenant_domain.lower()):
            raise Refused(90002, error=error, value=named)

    def _audience(self, scope: str, request: Request) -> str:
        """The resource that the scope names: a Graph of this host's cloud."""
        resource, default, rest = scope.partition("/.default")
        if not default or rest.strip() or " " in resource.strip():
            raise Refused(70011, value=scope)
        resource = resource.rstrip("/")
        cloud = BY_LOGIN_HOST.get(request.host)
        graphs = cloud.graphs if cloud else GRAPH_HOSTS
        roots = {f"https://{host}" for host in graphs}
        if request.host in LOOPBACK:
            roots.add(request.origin)
        if resource not in roots:
            raise Refused(500011, value=resource, tenant=self._tenant_id)
        return resource

    def _authenticate(
        self, form: Mapping[str, str], application: Application, request: Request
    ) -> None:
        client_id, now = form["client_id"], self._clock.now()
        if assertion := form.get("client_assertion"):
            from .assertions import ASSERTION_TYPE, check_assertion

            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise Refused(900144, value="client_assertion_type")
            audiences = frozenset(
                f"{request.origin}/{tenant}{end}"
                for tenant in (self._tenant_id, self._tenant_domain)
                for end in (TOKEN, "/v2.0")
            )
            check_assertion(assertion, client_id, application, audiences, now)
            return
        sent = form.get("client_secret", "").encode()
        if not sent:
            raise Refused(7000218)
        for secret in application.secrets:
            if hmac.compare_digest(secret.value.encode(), sent):
                if secret.expires <= now:
                    raise Refused(7000222, client=client_id)
                return
        raise Refused(7000215, client=client_id)
