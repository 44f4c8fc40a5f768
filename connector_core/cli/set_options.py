"""Settings given on the command line: `--set`, `--set-env` and `--set-file`."""

import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Union, get_args, get_origin

import typer

from connector_core.provider import ProviderSpec
from connector_core.settings import check_variable

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SETTING=VALUE",
        help="A setting, such as network.ca_file=/etc/ssl/ours.pem; secrets are refused here.",
    ),
]
SetEnvOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set-env",
        metavar="SETTING=VARIABLE",
        help="A setting that is read from an environment variable whenever it is needed.",
    ),
]
SetFileOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set-file",
        metavar="SETTING=PATH",
        help="A setting that is read from a file whenever it is needed.",
    ),
]

_TRUTH: Final = {"true": True, "false": False}


def given(
    spec: ProviderSpec,
    plain: Sequence[str],
    env: Sequence[str] = (),
    files: Sequence[str] = (),
    *,
    instead: str = "give --set-env {0}=VARIABLE or --set-file {0}=PATH",
) -> dict[str, Any]:
    """All of them as one nested table; raises `typer.TyperException`, which shows no value.

    `instead` says what to do with a secret, which is never taken as it is.
    """
    table: dict[str, Any] = {}
    for setting, text in _pairs("--set", "VALUE", plain):
        if _is_secret(spec, setting):
            raise typer.TyperException(f"{setting} is a secret: {instead.format(setting)}")
        _add(table, "--set", setting, _typed(text, _kinds(spec, setting)))
    for setting, variable in _pairs("--set-env", "VARIABLE", env):
        try:
            _add(table, "--set-env", setting, {"env": check_variable(variable)})
        except ValueError as error:
            raise typer.TyperException(f"--set-env {setting}: {error}") from None
    for setting, path in _pairs("--set-file", "PATH", files):
        found = str(Path(path).expanduser().absolute())
        _add(table, "--set-file", setting, {"file": found})
    return table


def put(table: dict[str, Any], setting: str, value: Any) -> None:
    """Write a dotted setting into nested tables."""
    *above, last = setting.split(".")
    for step in above:
        table = table.setdefault(step, {})
    table[last] = value


def has(table: Any, setting: str) -> bool:
    """Whether nested tables have a dotted setting."""
    for step in setting.split("."):
        if not isinstance(table, dict) or step not in table:
            return False
        table = table[step]
    return True


def _add(table: dict[str, Any], option: str, setting: str, value: Any) -> None:
    try:
        if has(table, setting):
            raise TypeError(setting)
        put(table, setting, value)
    except (AttributeError, TypeError):
        raise typer.TyperException(f"{option} {setting} contradicts another setting") from None


def _pairs(option: str, what: str, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        setting, equals, value = text.partition("=")
        if not equals or not all(setting.split(".")):
            raise typer.TyperException(f"{option} expects SETTING={what}")
        yield setting, value


def _is_secret(spec: ProviderSpec, setting: str) -> bool:
    from pydantic import SecretBytes, SecretStr

    asked = spec.setup.questions if spec.setup else ()
    named = {question.setting for question in asked if question.kind == "secret"}
    return setting in named or bool(_kinds(spec, setting) & {SecretStr, SecretBytes})


def _typed(text: str, kinds: set[Any]) -> Any:
    """A number or boolean where the setting takes no text."""
    if str in kinds:
        return text
    if bool in kinds and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(text)
            except ValueError:
                continue
    return text


def _kinds(spec: ProviderSpec, setting: str) -> set[Any]:
    """The types that the provider's model declares for a setting; none when it has no such."""
    kinds: set[Any] = {spec.config()}
    for step in setting.split("."):
        fields = [getattr(kind, "model_fields", {}).get(step) for kind in kinds]
        kinds = {kind for field in fields if field for kind in _flat(field.annotation)}
    return kinds


def _flat(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _flat(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _flat(one)
    else:
        yield annotation
