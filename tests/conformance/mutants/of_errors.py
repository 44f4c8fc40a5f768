"""Mutants that take a failure for an answer, or tell it as another one."""

from typing import Final

from .workshop import Mutant

ONCE: Final = "test_one_fault_is_survived_or_told"
LASTING: Final = "test_a_lasting_fault_is_told"
LIST: Final = "        answer = yield from ask(wire.request(self._host, path), wire.read_list)\n"
FAILED: Final = """\
        try:
            answer = yield from ask(wire.request(self._host, path), wire.read_list)
        except {error}:
            answer = wire.Answer([], None, False)
"""

MUTANTS: Final = (
    Mutant(
        "swallows_an_outage",
        "A vendor that is down has no mail.",
        f"{LASTING}[500]",
        "provider.py",
        LIST,
        FAILED.format(error="ProviderError"),
    ),
    Mutant(
        "no_right_no_mail",
        "A key that may not read has nothing to read.",
        f"{LASTING}[403]",
        "provider.py",
        LIST,
        "        from connector_core.errors import PermissionDeniedError\n"
        + FAILED.format(error="PermissionDeniedError"),
    ),
    Mutant(
        "error_in_a_200",
        "An error inside a good answer is not looked for, and its list is empty.",
        f"{LASTING}[an error inside a 200]",
        "errors.py",
        """response.status_code != 200 or not isinstance(body, dict) or "error" in body:
        refuse(response)
    return body""",
        """response.status_code != 200 or not isinstance(body, dict):
        refuse(response)
    return {"items": [], "next": None, "partial": False} if "error" in body else body""",
    ),
    Mutant(
        "unknown_shape_is_empty",
        "An answer of an unknown shape is taken for an empty list.",
        f"{LASTING}[other names]",
        "wire.py",
        'body.get("items"), body.get("next", ""), body.get("partial")',
        'body.get("items", []), body.get("next"), body.get("partial", False)',
    ),
    Mutant(
        "half_an_answer",
        "Of an answer that breaks off nothing is left, and nobody hears of it.",
        f"{ONCE}[truncated JSON]",
        "errors.py",
        "        body = None\n",
        '        body = {"items": [], "next": None, "partial": False}\n',
    ),
    Mutant(
        "gives_up_at_once",
        "An outage is told as if trying again were of no use.",
        f"{ONCE}[503]",
        "errors.py",
        "        remediation=remedy,\n",
        "        remediation=remedy,\n        retryable=False,\n",
    ),
    Mutant(
        "does_not_wait",
        "How long the vendor asks to wait is lost.",
        f"{ONCE}[429 with Retry-After]",
        "errors.py",
        'retry_after=_seconds(response.headers.get("retry-after", ""))',
        "retry_after=None",
    ),
    Mutant(
        "stumbles_over_null",
        "An answer that is null ends in an error of Python's own.",
        f"{LASTING}[null]",
        "errors.py",
        'not isinstance(body, dict) or "error" in body',
        '"error" in body',
    ),
    Mutant(
        "forgets_the_request_id",
        "An error does not say which request the vendor should look for.",
        f"{LASTING}[503]",
        "errors.py",
        'request_id=_word(response.headers.get("x-request-id"))',
        'request_id=""',
    ),
    Mutant(
        "another_error",
        "A key that is not accepted is told as a query that is wrong.",
        f"{LASTING}[401]",
        "errors.py",
        "401: (AuthenticationError, ",
        "401: (QueryRejectedError, ",
    ),
    Mutant(
        "error_of_its_own",
        "An outage ends in an error of another library.",
        f"{LASTING}[502 in HTML]",
        "errors.py",
        "    status = response.status_code\n    error, what",
        "    status = response.status_code\n"
        "    if status >= 500:\n        response.raise_for_status()\n    error, what",
    ),
    Mutant(
        "misreads_the_vendor",
        "The vendor's own words of refusal become an error that says something else.",
        "test_a_refusal_in_the_words_of_the_vendor_is_told",
        "errors.py",
        "UNKNOWN: Final[Refusal] = (\n    ResponseInvalidError,",
        "UNKNOWN: Final[Refusal] = (\n    PermissionDeniedError,",
    ),
    Mutant(
        "gap_after_an_error",
        "Asked again after an error, a list goes on behind what was not read.",
        f"{LASTING}[504]",
        "provider.py",
        "        path = self._path(kind, query)\n        answer = yield",
        "        path = getattr(self, '_last', None) or self._path(kind, query)\n"
        "        self._last = path\n        answer = yield",
    ),
    Mutant(
        "signs_in_elsewhere",
        "An asyncio connector meets a fault otherwise than a blocking one.",
        "test_a_fault_is_met_alike_by_an_asyncio_connector[503]",
        "wire.py",
        "        yield request\n",
        """        yield request

    async def async_auth_flow(self, request: httpx.Request):
        response = yield request
        if response.status_code == 503:
            raise RuntimeError("busy")
""",
    ),
    Mutant(
        "is_always_well",
        "A check that failed is said to be well.",
        "test_a_check_tells_what_is_wrong[403]",
        "provider.py",
        '"failed", str(error)',
        '"ok", str(error)',
    ),
    Mutant(
        "is_never_well",
        "A check fails although nothing is wrong.",
        "test_a_check_tells_what_is_wrong[401]",
        "provider.py",
        '"ok", f"{kind.name} can be read"',
        '"failed", f"{kind.name} can be read"',
    ),
    Mutant(
        "empty_beside_a_complaint",
        "A list that is empty beside an error is taken for a list that holds nothing.",
        f"{LASTING}[an empty list beside 'message']",
        "wire.py",
        "    if body.keys() & TROUBLE:\n        refuse(response)\n",
        "",
    ),
)
