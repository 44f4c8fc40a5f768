"""Configuration: what is accepted, what is refused, and that no secret ever shows."""

import copy
import datetime as dt
import json
import pickle
from base64 import b64encode
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pydantic import SecretStr

from connector_core.errors import ConfigurationError
from connector_defender_office365.config import DefenderConfig, looks_like_id, parse_config
from connector_defender_office365.guide import GUIDE
from connector_defender_office365.regions import REGIONS

CANARY = "c4nary~Value.that_must-never.show"
TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "66666666-7777-8888-9999-aaaaaaaaaaaa"


def settings(credential: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    secret = {"type": "o_auth_client", "client_id": CLIENT, "client_secret": CANARY}
    return {"tenant_id": TENANT, "credential": secret | (credential or {})} | others


def refusal(given: Any) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        parse_config(given)
    error = caught.value
    shown = [str(error), repr(error), repr(vars(error)), error.remediation]
    shown += [repr(error.__cause__), repr(error.__context__)]
    assert CANARY not in "\n".join(shown)
    return error


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate_for(key: Any) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "connector.example")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(start).not_valid_after(start + dt.timedelta(days=365))
    return builder.sign(key, hashes.SHA256())


def pem(key: Any, passphrase: bytes | None = None) -> str:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    form = serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(serialization.Encoding.PEM, form, encryption), "ascii")


def public_pem(key: Any) -> str:
    return certificate_for(key).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("region", "graph", "login"),
    [
        ("global", "graph.microsoft.com", "login.microsoftonline.com"),
        ("us", "graph.microsoft.com", "login.microsoftonline.com"),
        ("uk", "graph.microsoft.com", "login.microsoftonline.com"),
        ("eu", "graph.microsoft.com", "login.microsoftonline.com"),
        ("gcc", "graph.microsoft.com", "login.microsoftonline.com"),
        ("gcc_high", "graph.microsoft.us", "login.microsoftonline.us"),
        ("dod", "dod-graph.microsoft.us", "login.microsoftonline.us"),
    ],
)
def test_a_region_names_its_hosts(region: str, graph: str, login: str) -> None:
    config = parse_config(settings(region=region))
    assert config.endpoints.graph == f"https://{graph}"
    assert config.endpoints.scope == f"https://{graph}/.default"
    assert config.endpoints.token_url(TENANT) == f"https://{login}/{TENANT}/oauth2/v2.0/token"
    assert config.consent_url == f"https://{login}/{TENANT}/adminconsent?client_id={CLIENT}"


def test_the_default_region_is_global_and_every_region_is_tested_above() -> None:
    assert parse_config(settings()).region == "global"
    assert len(REGIONS) == 7


@pytest.mark.parametrize(
    "tenant",
    [
        "common", "organizations", "consumers", "", " ", "../../evil", "..", "x?y=1",
        "@evil.example", "a/b", "contoso.example/", "contoso.example\n", "CONTOSO.example",
        "contoso", "con toso.example",
        "contoso..example", "-a.example", "a-.example", "x" * 254 + ".example", "127.0.0.1",
        "contoso。example", "evil.example#", "%2e%2e", f"{TENANT}/x", f"{{{TENANT}}}",
        "evil.example:443", "user@evil.example", "contoso.example\\x", "\u0661contoso.example",
    ],
)  # fmt: skip
def test_a_hostile_tenant_id_is_refused(tenant: str) -> None:
    assert refusal(settings(tenant_id=tenant)).setting == "tenant_id"


@pytest.mark.parametrize("tenant", ["-a-.b-", "a.1", "a" * 300 + ".example", "common"])
def test_the_setup_refuses_a_tenant_that_the_configuration_refuses(tenant: str) -> None:
    refusal(settings(tenant_id=tenant))
    (question,) = (each for each in GUIDE.questions if each.setting == "tenant_id")
    assert question.validate is not None
    with pytest.raises(ValueError, match="has to"):
        question.validate(tenant)
    assert question.validate(" Contoso.onmicrosoft.com\n") == "contoso.onmicrosoft.com"


@pytest.mark.parametrize(
    "tenant", [TENANT, TENANT.upper(), "contoso.onmicrosoft.com", "a1.example"]
)
def test_a_tenant_is_a_guid_or_a_domain(tenant: str) -> None:
    assert parse_config(settings(tenant_id=tenant)).tenant_id == tenant.lower()


@pytest.mark.parametrize(
    "secret",
    [
        f"{CANARY}\n", f" {CANARY}", f"{CANARY} ", f"{CANARY}\x00", f"{CANARY}\u2028x", "", " ",
        CANARY * 200, [CANARY], {"value": CANARY}, 12345, None, True, CANARY.encode(), "x\ud800",
    ],
)  # fmt: skip
def test_a_secret_that_cannot_be_one_is_refused_unseen(secret: object) -> None:
    error = refusal(settings({"client_secret": secret}))
    assert error.setting == "credential.client_secret"


@pytest.mark.parametrize(
    "given",
    [
        None, [], CANARY, {}, {"tenant_id": TENANT}, {"tenant_id": TENANT, "credential": CANARY},
        {"tenant_id": TENANT, "credential": {"type": CANARY}},
        {"tenant_id": TENANT, "credential": {}},
        settings(region=CANARY), settings({"client_id": CANARY}), settings({CANARY: "x"}),
        settings({"extra": {"a": CANARY}}), settings({"token_url": f"https://{CANARY}"}),
        settings(emulator_url=f"https://127.0.0.1:{CANARY}"), settings(tenant_id=CANARY),
        {CANARY: "x"} | settings(),
    ],
)  # fmt: skip
def test_no_refusal_repeats_the_input(given: object) -> None:
    assert str(refusal(given))


def test_a_mistyped_setting_is_told_its_neighbour() -> None:
    assert refusal(settings(tenantid=TENANT)).remediation == "Did you mean tenant_id?"
    error = refusal(settings({"client_secert": CANARY}))
    assert error.remediation == "Did you mean client_secret?"


def test_validation_through_the_model_gives_the_same_error() -> None:
    with pytest.raises(ConfigurationError, match="tenant_id has to be text"):
        DefenderConfig.model_validate(settings(tenant_id=5))


def test_only_the_own_token_url_is_accepted() -> None:
    own = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    assert parse_config(settings({"token_url": own, "extra": {}})).tenant_id == TENANT
    error = refusal(settings({"token_url": own}, region="gcc_high"))
    assert error.setting == "credential.token_url"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_the_emulator_serves_both_roles_on_loopback(host: str) -> None:
    endpoints = parse_config(settings(emulator_url=f"https://{host}:8443/")).endpoints
    assert endpoints.graph == endpoints.login == f"https://{host}:8443"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8443", "https://127.0.0.1", "https://evil.example:8443", "https://0.0.0.0:1",
        "https://127.0.0.1:8443@evil.example", "https://127.0.0.1:99999", "https://127.0.0.1:0",
        "https://user@127.0.0.1:8443", "https://localhost.evil.example:1", "https://127.0.0.1:8443/x",
        "https://127.0.0.1:8443?x", "https://169.254.169.254:80", "https://127.0.0.1:8443\n", "https://[::1",
        "https://127.0.0.1:\u0661",
    ],
)  # fmt: skip
def test_an_emulator_elsewhere_is_refused(url: str) -> None:
    assert refusal(settings(emulator_url=url)).setting == "emulator_url"


def test_a_configuration_shows_no_secret() -> None:
    config = parse_config(settings())
    shown = [
        repr(config),
        str(config),
        f"{config}",
        repr(vars(config)),
        repr(vars(config.credential)),
    ]
    shown += [config.model_dump_json(), repr(config.model_dump()), repr(copy.deepcopy(config))]
    assert CANARY not in "\n".join(shown)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_configuration_cannot_be_pickled(protocol: int) -> None:
    config = parse_config(settings())
    for one in (config, config.credential):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(one, protocol)


def test_a_configuration_does_not_change() -> None:
    config = parse_config(settings())
    with pytest.raises(ValueError, match="frozen"):
        config.region = "dod"


def test_the_settings_are_described_as_a_json_schema() -> None:
    schema = json.dumps(DefenderConfig.model_json_schema())
    for name in ("tenant_id", "region", "client_secret", "private_key", "pfx", "assertion"):
        assert f'"{name}"' in schema


def test_a_secret_in_the_form_of_an_id_is_accepted_and_recognised() -> None:
    assert parse_config(settings({"client_secret": TENANT})).tenant_id == TENANT
    assert looks_like_id(SecretStr(TENANT.upper()))
    assert not looks_like_id(SecretStr(CANARY))


def certificate(**fields: Any) -> dict[str, Any]:
    return {
        "tenant_id": TENANT,
        "credential": {"type": "certificate", "client_id": CLIENT} | fields,
    }


def test_a_certificate_comes_in_three_forms(key: rsa.RSAPrivateKey) -> None:
    archive = pkcs12.serialize_key_and_certificates(
        b"connector",
        key,
        certificate_for(key),
        None,
        serialization.BestAvailableEncryption(b"open"),
    )
    forms = [
        {"private_key": pem(key), "certificate": public_pem(key)},
        {
            "private_key": f"\n{pem(key, b'open')}\n",
            "certificate": public_pem(key),
            "passphrase": "open",
        },
        {"private_key": pem(key), "thumbprint": "AB:" * 19 + "AB"},
        {"pfx": b64encode(archive).decode(), "passphrase": "open"},
    ]
    for form in forms:
        assert parse_config(certificate(**form)).credential.type == "certificate"


def test_a_wrong_certificate_is_refused_unseen(key: rsa.RSAPrivateKey) -> None:
    other = rsa.generate_private_key(65537, 2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    wrong = [
        ({}, "expects private_key"),
        ({"private_key": pem(key)}, "expects private_key"),
        (
            {"private_key": pem(key), "certificate": public_pem(key), "pfx": "AAAA"},
            "expects private_key",
        ),
        ({"private_key": pem(key), "certificate": public_pem(other)}, "does not belong"),
        ({"private_key": pem(curve), "certificate": public_pem(curve)}, "not an RSA key"),
        ({"private_key": pem(key), "certificate": pem(key)}, "takes the public certificate alone"),
        ({"private_key": CANARY, "certificate": public_pem(key)}, "cannot be read"),
        ({"private_key": pem(key), "certificate": CANARY}, "not a PEM certificate"),
        ({"private_key": pem(key, b"open"), "certificate": public_pem(key)}, "needs a passphrase"),
        (
            {"private_key": pem(key), "certificate": public_pem(key), "passphrase": CANARY},
            "not encrypted",
        ),
        (
            {
                "private_key": pem(key, b"open"),
                "certificate": public_pem(key),
                "passphrase": CANARY,
            },
            "passphrase is wrong",
        ),
        ({"pfx": CANARY}, "not base64"),
        ({"pfx": b64encode(CANARY.encode()).decode()}, "damaged"),
        ({"private_key": pem(key), "thumbprint": CANARY}, "40 hexadecimal digits"),
    ]
    for fields, reason in wrong:
        error = refusal(certificate(**fields))
        assert reason in str(error)
        assert "BEGIN" not in str(error)


def test_a_federated_assertion_is_a_secret_too() -> None:
    given = {"type": "federated", "client_id": CLIENT, "assertion": CANARY}
    config = parse_config({"tenant_id": TENANT, "credential": given})
    assert CANARY not in repr(config)
