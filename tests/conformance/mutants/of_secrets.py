"""Mutants that show a secret, or send it where it does not belong."""

from typing import Final

from .workshop import Mutant

WELL: Final = "test_what_goes_well_shows_no_secret"
WRONG: Final = "test_what_goes_wrong_shows_no_secret"
OPERATION: Final = "    def query_events(self, query: Query) -> Flow[Batch]:\n"

MUTANTS: Final = (
    Mutant(
        "key_in_the_provider",
        "The text of a provider holds its key.",
        "test_configuration_and_provider_show_no_secret",
        "provider.py",
        OPERATION,
        "    def __repr__(self) -> str:\n"
        '        return f"AcmeProvider({self._host}, {self.auth._key.get_secret_value()})"\n\n'
        + OPERATION,
    ),
    Mutant(
        "key_in_the_configuration",
        "The text of a configuration holds its key.",
        "test_configuration_and_provider_show_no_secret",
        "config.py",
        "    @property\n    def host(",
        "    def __repr__(self) -> str:\n"
        '        return f"AcmeConfig({self.api_key.get_secret_value()})"\n\n'
        "    @property\n    def host(",
    ),
    Mutant(
        "key_in_an_error",
        "An error repeats the header that the request was signed with.",
        f"{WRONG}[403]",
        "errors.py",
        "        remediation=remedy,\n",
        "        remediation=f\"{remedy} {response.request.headers.get('authorization')}\",\n",
    ),
    Mutant(
        "key_in_the_log",
        "The key is written to the log.",
        WELL,
        "wire.py",
        "        yield request\n",
        "        import logging\n\n"
        '        logging.getLogger("acme").debug("sent %s", dict(request.headers))\n'
        "        yield request\n",
    ),
    Mutant(
        "key_in_an_answer",
        "What an answer says about the question holds the key.",
        WELL,
        "provider.py",
        "native_query=native_query,",
        'native_query=f"{native_query} {self.auth._key.get_secret_value()}",',
    ),
    Mutant(
        "sends_in_the_clear",
        "Requests are not encrypted.",
        "test_requests_go_to_the_declared_hosts_alone",
        "wire.py",
        'f"https://{host}{path}"',
        'f"http://{host}{path}"',
        by="ConfigurationError",
    ),
    Mutant(
        "quotes_the_vendor",
        "An error repeats what the vendor says, and the vendor repeats what it was sent.",
        f"{WRONG}[an echo]",
        "errors.py",
        '        f"{what} (HTTP',
        '        f"{response.text} {what} (HTTP',
    ),
    Mutant(
        "proves_itself_with_an_open_door",
        "The offline vendor takes every key, so that a lost signature is never noticed.",
        "test_another_secret_does_not_open_the_door",
        "emulator.py",
        'if request.headers.get("authorization") != f"Bearer {self.api_key}":',
        'if not request.headers.get("authorization"):',
    ),
)
