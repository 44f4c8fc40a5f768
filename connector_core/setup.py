"""How a provider describes its set-up, so that `email-security setup` can ask for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

QuestionKind = Literal["choice", "text", "secret", "file"]
"""``choice``: one of `choices`. ``text``: stored as typed. ``secret``: typed hidden and stored by
reference only, as an environment variable or a private file. ``file``: the path of a text file
whose content is the setting, stored by reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupQuestion:
    """One question and the setting that its answer fills."""

    setting: str
    """Dotted path in the configuration, such as ``credential.client_id``."""
    prompt: str
    kind: QuestionKind = "text"
    choices: tuple[str, ...] = ()
    default: str = ""
    """Taken when nothing is typed; a question without one must be answered."""
    help: str = ""
    """Where the answer is found; printed above the prompt."""
    validate: Callable[[str], str] | None = None
    """Returns the answer to store; raises `ValueError` with the reason when it cannot be right."""
    when: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether to ask, judged by the nested answers so far; always when left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupGuide:
    """The questions in order, and the pages that a person must visit.

    >>> SetupGuide(questions=(SetupQuestion(setting="tenant_id", prompt="Tenant id"),)).links
    """

    questions: tuple[SetupQuestion, ...]
    links: Callable[[Mapping[str, Any]], Sequence[tuple[str, str]]] | None = None
    """Title and https address of each page (such as the consent of an administrator), made from
    the nested answers; never given a secret."""
