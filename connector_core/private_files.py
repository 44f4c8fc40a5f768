"""Small files that only their owner may read: configuration, secrets, the key of cursors."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from connector_core.cursor import generate_key
from connector_core.errors import ConfigurationError

_LONGEST = 1_000_000


def read_text(path: Path, what: str) -> str:
    """The UTF-8 text of a file; raises `ConfigurationError` naming `what` and the path."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
        if len(raw) > _LONGEST:
            raise ValueError("it is larger than 1 MB")
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except ValueError as error:
        reason = str(error)
    raise ConfigurationError(
        f"The file {path} ({what}) cannot be read: {reason}.",
        setting=what,
        remediation="Check the path and who may read it.",
    )


def others_can_read(path: Path) -> bool:
    """Whether users other than the owner may read the file; unknown outside POSIX, so False."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def write_private(path: Path, text: str, *, replace: bool = True) -> bool:
    """Write a whole file at once with mode 0600; a reader never sees half of it.

    With `replace` false an existing file stays, and False is returned. Raises
    `ConfigurationError` when it cannot be written.
    """
    path = path.resolve()  # a symbolic link stays one
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            return _put_in_place(Path(temporary), path, replace=replace)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The file {path} cannot be written: {error.strerror}.",
            remediation="Check the folder, or choose another file with EMAIL_SECURITY_CONFIG.",
        ) from None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep other processes of this machine from changing files of the same folder meanwhile.

    For reading and writing in one go: who writes what was read before would undo what others did
    in between, the end of a token included. Does nothing where the system has no such locks.
    """
    with ExitStack() as stack:
        # Without a folder there is nothing to undo; a file system may know no locks.
        with suppress(ImportError, OSError):
            import fcntl

            handle = os.open(path.resolve().parent, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _put_in_place(temporary: Path, path: Path, *, replace: bool) -> bool:
    if replace:
        temporary.replace(path)
        return True
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    return True


def cursor_key(config: Path) -> tuple[bytes, str]:
    """The key of this user's cursors, and a warning or nothing.

    It is in `cursor.key` beside the configuration and made on first use. Where nothing can be
    written the key is good for this process only, which the warning says.
    """
    path = config.parent / "cursor.key"
    if not path.exists():
        try:
            write_private(path, f"{generate_key().hex()}\n", replace=False)
        except ConfigurationError as error:
            return generate_key(), f"{error} Cursors of this run are good for this run only."
    text = read_text(path, "key of cursors").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ConfigurationError(
            f"The file {path} (key of cursors) is damaged.",
            setting="cursor_key",
            remediation="Delete it; cursors made before are then refused.",
        )
    return key, ""
