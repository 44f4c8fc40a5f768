"""Runs MSAL without letting it touch the network, so that our own HTTP client sends everything.

MSAL blocks while it waits for an answer. Here it never waits: it is given the answers received so
far, and as soon as it asks for one more it is stopped and its request handed out. It is then run
again with that answer too. This works because getting a token is a pure function of configuration
and answers once MSAL's two memories (of tokens and of answers) are made to forget; a run takes
about a millisecond, and no thread is ever left waiting.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlencode

import httpx

from connector_core.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    Origin,
    ResponseInvalidError,
)

from .config import Certificate, ClientSecret, DefenderConfig, Federated
from .entra_errors import OPERATION
from .errors import PROVIDER

if TYPE_CHECKING:
    import msal

MAX_ANSWER: Final = 1_048_576
"""Most bytes of an answer of the login host."""


class Form(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A request body that can be sent again but is not kept as `request.content`.

    Every httpx exception carries its request: this keeps the secret out of `error.request.content`.
    """

    __slots__ = ("_body",)

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body

    async def __aiter__(self) -> Any:
        yield self._body

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a token request holds a secret and cannot be pickled")


class _NeedsAnswer(BaseException):
    """Stops MSAL at a request whose answer is not known yet; not an error, like GeneratorExit."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request


class _Answer:
    """An answer in the form in which MSAL reads one."""

    status_code = 200

    def __init__(self, text: str) -> None:
        self.text = text
        self.headers: dict[str, str] = {}

    def raise_for_status(self) -> None:
        """Every answer that gets this far is a 200."""


class _Script:
    """What MSAL takes for an HTTP client: known answers in order, then `_NeedsAnswer`."""

    def __init__(self, login: str, answers: Sequence[str]) -> None:
        self._login = httpx.URL(login)
        self._answers = iter(answers)

    def get(self, url: str, **options: Any) -> _Answer:
        return self._send("GET", url, **options)

    def post(self, url: str, **options: Any) -> _Answer:
        return self._send("POST", url, **options)

    def close(self) -> None:
        """Nothing is open."""

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Answer:
        target = httpx.URL(url, params=params) if params else httpx.URL(url)
        self._check(target)
        for text in self._answers:
            return _Answer(text)
        raise _NeedsAnswer(_request(method, target, data, headers or {}))

    def _check(self, url: httpx.URL) -> None:
        """The credential goes to the region's login host alone, whatever an answer says."""
        login = self._login
        own = (login.scheme, login.host, login.port, b"")
        if (url.scheme, url.host, url.port, url.userinfo) == own:
            return
        raise AuthenticationError(
            "the login host named another address for tokens; nothing was sent there",
            origin=Origin(provider=PROVIDER, operation=OPERATION),
            remediation="Something between here and Microsoft alters answers: check the proxy.",
        )


def _request(
    method: str, url: httpx.URL, data: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> httpx.Request:
    # MSAL passes a signed assertion as bytes, which must not become the text "b'...'".
    form = {
        key: value.decode() if isinstance(value, bytes) else value
        for key, value in (data or {}).items()
    }
    body = urlencode(form).encode()
    own = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"}
    if method == "POST":
        own["Content-Type"] = "application/x-www-form-urlencoded"
        own["Content-Length"] = str(len(body))
    return httpx.Request(method, url, headers={**headers, **own}, stream=Form(body))


def next_step(config: DefenderConfig, answers: Sequence[str]) -> httpx.Request | dict[str, Any]:
    """Run MSAL with the `answers` so far: its next request, or at the end its token answer.

    Raises `AuthenticationError` before anything would be sent to a foreign host, and
    `ResponseInvalidError` when MSAL cannot use an answer.
    """
    failure: ConnectorError
    try:
        app = _application(config, answers)
        result = app.acquire_token_for_client([config.endpoints.scope])
        return result if isinstance(result, dict) else {}
    except _NeedsAnswer as pause:
        return pause.request
    except ConnectorError as error:
        failure = error
    except Exception as error:  # MSAL raises many kinds, some quoting what they choked on
        failure = ResponseInvalidError(
            f"the login host's answer cannot be used ({type(error).__name__})",
            origin=Origin(provider=PROVIDER, operation=OPERATION),
            remediation="Try again; if it persists, check whether a proxy alters answers.",
        )
    raise failure


def _application(
    config: DefenderConfig, answers: Sequence[str]
) -> "msal.ConfidentialClientApplication":
    try:
        import msal
    except ImportError:
        missing = True
    else:
        missing = False
    if missing:
        raise ConfigurationError(
            "MSAL is not installed", remediation="pip install 'connector-core[defender-office365]'"
        )

    class NoTokens(msal.TokenCache):  # type: ignore[misc]
        """Keeps nothing: `EntraAuth` holds the token, by its own clock."""

        def add(self, *_: object, **__: object) -> None:
            """Forget."""

    return msal.ConfidentialClientApplication(
        config.credential.client_id,
        client_credential=_credential(config),
        authority=config.endpoints.authority(config.tenant_id),
        http_client=_Script(config.endpoints.login, answers),
        http_cache=_NoAnswers(),
        token_cache=NoTokens(),
        instance_discovery=False,
        azure_region=False,  # else the environment's MSAL_FORCE_REGION would choose the host
    )


class _NoAnswers(dict[str, Any]):
    """MSAL's memory of answers, from which it would repeat an old error for up to a minute."""

    def __setitem__(self, key: str, value: object) -> None:
        """Forget."""


def _credential(config: DefenderConfig) -> str | dict[str, Any]:
    match config.credential:
        case ClientSecret(client_secret=secret):
            return secret.get_secret_value()
        case Federated(assertion=assertion):
            return {"client_assertion": assertion.get_secret_value}
        case Certificate() as certificate:
            from .certificates import load

            return dict(load(certificate).for_msal())
