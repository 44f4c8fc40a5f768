"""Sign-in to the embedded tenant: discovery, and every way to get a token or not."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from connector_core.clock import ManualClock
from connector_defender_office365.mock.applications import (
    DEFAULT_CLIENT_ID,
    DEFAULT_SECRET,
    DEFAULT_SECRET_ID,
    DEFAULT_TENANT_ID,
    Application,
    FederatedCredential,
    Secret,
)
from connector_defender_office365.mock.clouds import US_GOVERNMENT
from connector_defender_office365.mock.dataset import DATASETS
from connector_defender_office365.mock.tenant import EmbeddedTenant

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()
LOGIN = "https://login.microsoftonline.com"
TOKEN = f"{LOGIN}/{DEFAULT_TENANT_ID}/oauth2/v2.0/token"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = {
    "client_id": DEFAULT_CLIENT_ID,
    "client_secret": DEFAULT_SECRET,
    "grant_type": "client_credentials",
    "scope": "https://graph.microsoft.com/.default",
}


def client(application: Application | None = None, **more: Any) -> httpx.Client:
    if application:
        more["applications"] = {DEFAULT_CLIENT_ID: application}
    tenant = EmbeddedTenant(clock=ManualClock(NOW), rows={}, **more)
    return httpx.Client(transport=tenant.transport())


def refused(answer: httpx.Response) -> tuple[int, str, int]:
    """Status, error and AADSTS number, after checking the whole body."""
    body = answer.json()
    assert set(body) == {
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    }
    number = body["error_codes"][0]
    described = (
        rf"AADSTS{number}: [^\r\n]+\r\nTrace ID: {body['trace_id']}\r\n"
        rf"Correlation ID: {body['correlation_id']}\r\nTimestamp: 2026-11-15 12:00:00Z"
    )
    assert re.fullmatch(described, body["error_description"])
    assert body["timestamp"] == "2026-11-15 12:00:00Z"
    assert body["error_uri"].endswith(f"error?code={number}")
    return answer.status_code, body["error"], number


def test_the_default_tenant_is_the_one_of_the_generated_data() -> None:
    assert DATASETS["basic_v0"].tenant_id == DEFAULT_TENANT_ID


@pytest.mark.parametrize("host", ["login.microsoftonline.com", "login.microsoftonline.us"])
@pytest.mark.parametrize("tenant", [DEFAULT_TENANT_ID, "contoso.example", "CONTOSO.example"])
def test_discovery_names_the_endpoints_by_tenant_id(host: str, tenant: str) -> None:
    answer = client().get(f"https://{host}/{tenant}/v2.0/.well-known/openid-configuration")
    assert answer.status_code == 200
    body = answer.json()
    base = f"https://{host}/{DEFAULT_TENANT_ID}"
    assert body["token_endpoint"] == f"{base}/oauth2/v2.0/token"
    assert body["authorization_endpoint"] == f"{base}/oauth2/v2.0/authorize"
    assert body["issuer"] == f"{base}/v2.0"


def test_discovery_of_an_unknown_tenant_is_refused() -> None:
    answer = client().get(f"{LOGIN}/nobody.example/v2.0/.well-known/openid-configuration")
    assert refused(answer) == (400, "invalid_tenant", 90002)


def test_instance_discovery_knows_the_clouds() -> None:
    url = f"{LOGIN}/common/discovery/instance"
    asked = {"api-version": "1.1", "authorization_endpoint": f"{LOGIN}/common/oauth2/authorize"}
    metadata = client().get(url, params=asked).json()["metadata"]
    aliases = {alias for cloud in metadata for alias in cloud["aliases"]}
    assert {"login.microsoftonline.com", "login.microsoftonline.us"} <= aliases
    asked["authorization_endpoint"] = "https://login.evil.example/common/oauth2/authorize"
    assert refused(client().get(url, params=asked)) == (400, "invalid_instance", 50049)


def test_a_secret_gets_a_token() -> None:
    answer = client().post(TOKEN, data=FORM, headers={"client-request-id": "mine"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["ext_expires_in"]) == (
        "Bearer",
        3599,
        3599,
    )
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", body["access_token"])
    assert answer.headers["cache-control"] == "no-store, no-cache"
    assert answer.headers["client-request-id"] == "mine"


def test_two_tokens_of_one_second_differ() -> None:
    with client() as http:
        first, second = (http.post(TOKEN, data=FORM).json()["access_token"] for _ in range(2))
    assert first != second


def test_missing_consent_is_no_error() -> None:
    application = Application(secrets=(Secret(value=DEFAULT_SECRET),), roles=())
    assert client(application).post(TOKEN, data=FORM).status_code == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_secret": DEFAULT_SECRET_ID}, (401, "invalid_client", 7000215)),
        ({"client_secret": "päss"}, (401, "invalid_client", 7000215)),
        ({"client_secret": ""}, (401, "invalid_client", 7000218)),
        ({"client_id": "stranger"}, (400, "unauthorized_client", 700016)),
        ({"client_id": ""}, (400, "invalid_request", 900144)),
        ({"grant_type": ""}, (400, "invalid_request", 900144)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"scope": ""}, (400, "invalid_request", 900144)),
        ({"scope": "https://graph.microsoft.com"}, (400, "invalid_scope", 70011)),
        ({"scope": "https://graph.microsoft.com/Mail.Read"}, (400, "invalid_scope", 70011)),
        (
            {"scope": "https://graph.microsoft.com/.default openid"},
            (400, "invalid_scope", 70011),
        ),
        ({"scope": "https://graph.microsoft.us/.default"}, (400, "invalid_resource", 500011)),
        ({"scope": "https://evil.example/.default"}, (400, "invalid_resource", 500011)),
        ({"client_assertion": "x"}, (400, "invalid_request", 900144)),
    ],
)
def test_a_wrong_request_gets_the_code_of_its_mistake(
    change: dict[str, str], expected: tuple[int, str, int]
) -> None:
    assert refused(client().post(TOKEN, data=FORM | change)) == expected


def test_the_refusal_of_a_secret_says_that_an_id_may_have_been_sent() -> None:
    answer = client().post(TOKEN, data=FORM | {"client_secret": DEFAULT_SECRET_ID})
    text = answer.json()["error_description"]
    assert "not the client secret ID, for a secret added to app" in text
    assert DEFAULT_SECRET_ID not in text


@pytest.mark.parametrize(
    ("application", "expected"),
    [
        (
            Application(secrets=(Secret(value=DEFAULT_SECRET, expires=NOW),)),
            (401, "invalid_client", 7000222),
        ),
        (
            Application(secrets=(Secret(value=DEFAULT_SECRET),), in_tenant=False),
            (401, "invalid_client", 7000229),
        ),
        (
            Application(secrets=(Secret(value=DEFAULT_SECRET),), enabled=False),
            (400, "unauthorized_client", 7000112),
        ),
    ],
)
def test_an_application_in_a_bad_state_gets_no_token(
    application: Application, expected: tuple[int, str, int]
) -> None:
    assert refused(client(application).post(TOKEN, data=FORM)) == expected


def test_either_of_two_secrets_works() -> None:
    both = (Secret(value="older", expires=NOW + 60), Secret(value=DEFAULT_SECRET))
    http = client(Application(secrets=both))
    for secret in ("older", DEFAULT_SECRET):
        assert http.post(TOKEN, data=FORM | {"client_secret": secret}).status_code == 200


def test_an_unknown_tenant_gets_no_token() -> None:
    answer = client().post(f"{LOGIN}/nobody.example/oauth2/v2.0/token", data=FORM)
    assert refused(answer) == (400, "invalid_request", 90002)
    assert "Tenant 'nobody.example' not found." in answer.json()["error_description"]


def test_a_tenant_of_another_cloud_gets_no_token() -> None:
    http = client(cloud=US_GOVERNMENT)
    assert refused(http.post(TOKEN, data=FORM)) == (400, "invalid_request", 900382)
    home = TOKEN.replace(".com/", ".us/")
    form = FORM | {"scope": "https://graph.microsoft.us/.default"}
    assert http.post(home, data=form).status_code == 200


def test_the_token_endpoint_takes_only_posts_and_other_paths_are_unknown() -> None:
    assert refused(client().get(TOKEN)) == (400, "invalid_request", 900561)
    assert client().get(f"{LOGIN}/common/oauth2/authorize").status_code == 404


class Key:
    """A key pair, with a certificate of its own."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "connector")])
        start = datetime(2026, 1, 1, tzinfo=UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.private.public_key())
            .serial_number(1)
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3650))
            .sign(self.private, hashes.SHA256())
        )
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.public = (
            self.private.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )

    def header(self, name: str) -> dict[str, str]:
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        digest = hashlib.sha256(der) if name == "x5t#S256" else hashlib.sha1(der)  # noqa: S324
        return {name: base64.urlsafe_b64encode(digest.digest()).decode()}


@pytest.fixture(scope="module")
def key() -> Key:
    return Key()


@pytest.fixture(scope="module")
def other_key() -> Key:
    return Key()


CLAIMS = {
    "aud": TOKEN,
    "iss": DEFAULT_CLIENT_ID,
    "sub": DEFAULT_CLIENT_ID,
    "iat": NOW,
    "exp": NOW + 600,
    "jti": "1",
}


def with_assertion(http: httpx.Client, assertion: str) -> httpx.Response:
    form = {name: value for name, value in FORM.items() if name != "client_secret"}
    return http.post(
        TOKEN,
        data=form | {"client_assertion": assertion, "client_assertion_type": JWT_BEARER},
    )


@pytest.mark.parametrize(("algorithm", "header"), [("PS256", "x5t#S256"), ("RS256", "x5t")])
def test_a_certificate_gets_a_token(key: Key, algorithm: str, header: str) -> None:
    http = client(Application(certificates=(key.pem,)))
    assertion = jwt.encode(CLAIMS, key.private, algorithm, key.header(header))
    assert with_assertion(http, assertion).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aud": "https://evil.example/token"}, 700023),
        ({"sub": "somebody"}, 700021),
        ({"iat": NOW + 301}, 700024),
        ({"nbf": NOW + 301}, 700024),
        ({"exp": NOW - 300}, 700024),
        ({"exp": None}, 50027),
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(
    key: Key, change: dict[str, object], code: int
) -> None:
    http = client(Application(certificates=(key.pem,)))
    assertion = jwt.encode(CLAIMS | change, key.private, "PS256", key.header("x5t#S256"))
    assert refused(with_assertion(http, assertion))[2] == code


def test_clocks_may_differ_by_five_minutes(key: Key) -> None:
    http = client(Application(certificates=(key.pem,)))
    for change in ({"iat": NOW + 300}, {"exp": NOW - 299}):
        assertion = jwt.encode(CLAIMS | change, key.private, "PS256", key.header("x5t#S256"))
        assert with_assertion(http, assertion).status_code == 200


def test_an_assertion_by_an_unknown_or_another_key_is_refused(key: Key, other_key: Key) -> None:
    http = client(Application(certificates=(key.pem,)))
    unknown = jwt.encode(CLAIMS, other_key.private, "PS256", other_key.header("x5t#S256"))
    assert refused(with_assertion(http, unknown)) == (401, "invalid_client", 700027)
    forged = jwt.encode(CLAIMS, other_key.private, "PS256", key.header("x5t#S256"))
    assert refused(with_assertion(http, forged)) == (401, "invalid_client", 700027)
    assert refused(with_assertion(http, "not.a.jwt"))[2] == 50027


def test_an_unsigned_assertion_is_refused(key: Key) -> None:
    http = client(Application(certificates=(key.pem,)))
    unsigned = jwt.encode(CLAIMS, "", "none", key.header("x5t#S256"))
    assert refused(with_assertion(http, unsigned))[2] == 700027


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0),
        ({"iss": "https://evil.example"}, 700211),
        ({"sub": "else"}, 700213),
        ({"aud": "else"}, 700212),
    ],
)
def test_a_federated_assertion_is_checked_against_its_trust(
    key: Key, change: dict[str, str], code: int
) -> None:
    trust = FederatedCredential(
        issuer="https://ci.example", subject="repo:main", public_key=key.public
    )
    claims = CLAIMS | {"iss": trust.issuer, "sub": trust.subject, "aud": trust.audience} | change
    assertion = jwt.encode(claims, key.private, "RS256")
    answer = with_assertion(client(Application(federated=(trust,))), assertion)
    if code:
        assert refused(answer)[2] == code
    else:
        assert answer.status_code == 200
