"""Mutants that change what is not theirs, or remember what they should not."""

from typing import Final

from .workshop import Mutant

IMPORT: Final = "test_loading_the_plugin_leaves_the_process_as_it_was"
RETURNED: Final = "            records=records,\n"

MUTANTS: Final = (
    Mutant(
        "imports_what_is_heavy",
        "Listing the installed providers imports an HTTP library.",
        IMPORT,
        "plugin.py",
        "",
        "import httpx",
    ),
    Mutant(
        "opens_a_socket",
        "Listing the installed providers opens a socket.",
        IMPORT,
        "plugin.py",
        "",
        "import socket\nsocket.socket().close()",
    ),
    Mutant(
        "starts_a_thread",
        "Listing the installed providers starts a thread.",
        IMPORT,
        "plugin.py",
        "",
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
    ),
    Mutant(
        "turns_logging_up",
        "Listing the installed providers changes what the host logs.",
        IMPORT,
        "plugin.py",
        "",
        "import logging\nlogging.getLogger().setLevel(logging.DEBUG)",
    ),
    Mutant(
        "changes_the_environment",
        "Listing the installed providers sets an environment variable.",
        IMPORT,
        "plugin.py",
        "",
        'import os\nos.environ["HTTPS_PROXY"] = "http://proxy.example:3128"',
    ),
    Mutant(
        "writes_a_file",
        "Listing the installed providers writes a file.",
        IMPORT,
        "plugin.py",
        "",
        "import tempfile\ntempfile.TemporaryFile().close()",
    ),
    Mutant(
        "asks_when_it_is_made",
        "Opening a connector looks the vendor up in the network.",
        "test_opening_a_connector_sends_nothing",
        "provider.py",
        "        self._host = config.host\n",
        "        import socket\n\n        self._host = config.host\n"
        '        socket.getaddrinfo("localhost", 443)\n',
    ),
    Mutant(
        "asks_for_nothing_first",
        "An operation begins without a call.",
        "test_operations_are_generators_of_calls",
        "provider.py",
        "        path = self._path(kind, query)\n        answer = yield",
        "        yield []\n        path = self._path(kind, query)\n        answer = yield",
    ),
    Mutant(
        "remembers_what_it_said",
        "What was handed out once does not come again.",
        "test_asking_leaves_no_trace",
        "provider.py",
        RETURNED,
        '            records=[r for r in records if r.resume not in vars(self).setdefault("_s", [])'
        " and not self._s.append(r.resume)],\n",
    ),
    Mutant(
        "answers_for_another",
        "Connectors share the answers of their vendors.",
        "test_connectors_share_no_answers",
        "provider.py",
        "        answer = yield from ask(wire.request(self._host, path), wire.read_list)\n",
        "        if path not in SAID:\n"
        "            SAID[path] = yield from ask(wire.request(self._host, path), wire.read_list)\n"
        "        answer = SAID[path]\n",
    ),
)
