"""`email-security serve` in processes of its own, and what keeps it from serving."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from cli.shell import Shell
from connector_core.http_api.config import ServerConfig

PATIENCE = 60.0
EVENTS = "/v1/email-security/email-events"
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are found in /proc")


@dataclass(frozen=True)
class Running:
    """A host in a process of its own."""

    process: "subprocess.Popen[bytes]"
    url: str
    said: str
    """What it said until then."""
    token: str
    verify: Any = True

    def get(self, path: str, **asked: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        # A connection of its own for each request, so that any worker may take it.
        with httpx.Client(verify=self.verify, timeout=PATIENCE, headers=headers) as client:
            return client.get(f"{self.url}{path}", params=asked)

    def workers(self) -> list[int]:
        """The processes that serve."""
        parent = self.process.pid
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        lines = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in found}
        return [one for one, line in lines.items() if b"spawn_main" in line]


@contextmanager
def running(shell: Shell, *words: str, verify: Any = True, **extra: str) -> Iterator[Running]:
    token = shell("integrations", "rotate", "work").out.strip()
    command = ("serve", "--port", "0", *words)
    with shell.start(*command, stdin=subprocess.DEVNULL, PW="x", **extra) as process:
        try:
            assert process.stderr is not None
            said = b""
            while b"For a new token" not in said:
                said += process.stderr.readline() or pytest.fail(f"ended: {said!r}")
            text = said.decode()
            (url,) = re.findall(r"Serving work on (https?://\S+) until", text)
            yield Running(process, url, text, token, verify)
        finally:
            process.kill()


# --- serving


@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_it_says_what_to_type_serves_and_ends_without_a_trace(
    guided: Shell, how: signal.Signals
) -> None:
    with running(guided, "--log-format", "text") as host:
        typed = f'curl -H "Authorization: Bearer $TOKEN" \'{host.url}/v1/email-security/threats'
        assert typed in host.said
        assert host.token not in host.said
        assert host.get("/readyz").status_code == 200
        assert len(host.get(EVENTS, limit=3).json()["result"]) == 3
        host.process.send_signal(how)
        out, err = host.process.communicate(timeout=PATIENCE)
        assert (host.process.returncode, out) == (0, b"")
        assert b"Traceback" not in err
        assert b"Application shutdown complete" in err


@linux
def test_workers_share_cursors_and_end_together(guided: Shell, tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    certificate, key = tmp_path / "host.pem", tmp_path / "host.key"
    leaf.cert_chain_pems[0].write_to_path(certificate)
    leaf.private_key_pem.write_to_path(key)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    options = ("--workers", "2", "--tls-cert", str(certificate), "--tls-key", str(key))
    with running(guided, *options, verify=trusting, TMPDIR=str(scratch)) as host:
        assert host.url.startswith("https://")
        assert host.get("/healthz").status_code == 200
        one, other = host.workers()
        pages = []
        cursor = ""
        for resting in (one, other, one):  # the one that does not rest takes the request
            os.kill(resting, signal.SIGSTOP)
            page = host.get(EVENTS, limit=4, cursor=cursor)
            os.kill(resting, signal.SIGCONT)
            assert page.status_code == 200, page.text
            cursor = page.json()["cursor"]
            pages.append([event["metadata"]["uid"] for event in page.json()["result"]])
        assert pages == [[f"event-{n}" for n in range(first, first + 4)] for first in (0, 4, 8)]
        assert list(scratch.iterdir())
        host.process.send_signal(signal.SIGTERM)
        _, err = host.process.communicate(timeout=PATIENCE)
        assert host.process.returncode == 0
        assert b"Traceback" not in err
        assert not [pid for pid in (one, other) if Path(f"/proc/{pid}").exists()]
        assert list(scratch.iterdir()) == []


# --- not serving


def test_without_an_integration_it_says_how_to_make_one(guided: Shell, tmp_path: Path) -> None:
    run = guided("serve", EMAIL_SECURITY_CONFIG=str(tmp_path / "empty.toml"))
    assert (run.code, run.out) == (3, "")
    assert "integrations add NAME --provider ID; without an account: --provider " in run.err
    run = guided("serve")
    assert (run.code, run.out) == (3, "")
    assert "integrations rotate work" in run.err


def test_a_port_in_use_is_named(guided: Shell) -> None:
    guided("integrations", "rotate", "work")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = guided("serve", "--port", str(port))
    assert (run.code, run.out) == (3, "")
    assert f"port {port}: another program serves there" in run.err
    assert "--port 0" in run.err


def test_a_certificate_that_cannot_be_used_is_named(guided: Shell, tmp_path: Path) -> None:
    guided("integrations", "rotate", "work")
    cert, other = tmp_path / "host.pem", tmp_path / "other.key"
    trustme.CA().issue_cert("127.0.0.1").cert_chain_pems[0].write_to_path(cert)
    trustme.CA().issue_cert("127.0.0.1").private_key_pem.write_to_path(other)
    for words, says in (
        (("--tls-cert", str(cert)), "belong together"),
        (("--tls-cert", str(cert), "--tls-key", str(tmp_path / "no.key")), "No such file"),
        (("--tls-cert", str(cert), "--tls-key", str(other)), f"the key {other}"),
        (("--tls-cert", str(other), "--tls-key", str(other)), f"The certificate {other}"),
    ):
        run = guided("serve", *words)
        assert (run.code, run.out) == (3, "")
        assert says in run.err


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_workers_without_a_key_that_they_share_are_refused(guided: Shell, tmp_path: Path) -> None:
    guided("integrations", "rotate", "work")
    (tmp_path / "file").write_text("")
    (guided.config.parent / "cursor.key").symlink_to(tmp_path / "file" / "key")
    run = guided("serve", "--workers", "2")
    assert (run.code, run.out) == (3, "")
    assert "cursor_key = { env =" in run.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[server]\nport = 99999\n", "port"),
        ('[server]\ncursor_key = "abc"\n', "holds a secret"),
        ("[server\n", "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(guided: Shell, text: str, says: str) -> None:
    guided("integrations", "rotate", "work")
    guided.config.write_text(text + guided.config.read_text())
    run = guided("serve")
    assert (run.code, run.out) == (3, "")
    assert says in run.err


@pytest.mark.parametrize("package", ["fastapi", "uvicorn", "prometheus_client"])
def test_a_missing_extra_is_one_line_with_what_to_install(package: str) -> None:
    script = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from connector_core.cli import main\n"
        "sys.exit(main(['serve']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (1, "")
    (line,) = run.stderr.splitlines()
    assert package in line
    assert "pip install 'connector-core[server]'" in line


# --- the page about it


def test_every_setting_of_the_host_is_on_the_page_with_its_default() -> None:
    page = Path(__file__).parents[2] / "docs" / "command-line.md"
    table = page.read_text("utf-8").partition("| Setting | Default |")[2].partition("\n\n")[0]
    shown = dict(re.findall(r"^\| `(\w+)` \| (?:`(.*?)` )?\|", table, re.MULTILINE))
    fields = ServerConfig.model_fields
    assert shown == {name: str(field.default or "") for name, field in fields.items()}
