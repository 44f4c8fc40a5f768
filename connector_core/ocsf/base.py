"""What every generated OCSF model shares, and the rules no schema language holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator

from connector_core.ocsf.enums import OCSF_VERSION
from connector_core.ocsf.scalars import milliseconds

OTHER = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one class or object of the schema asks beyond the types of its attributes.

    Attributes are named as the model's fields are. `captions` holds the enum attribute, the
    attribute that carries its caption, and the captions; `twins` the timestamps that have a
    `_dt` twin; `profiles` the profile that each profile attribute needs.
    """

    at_least_one: tuple[str, ...] = ()
    just_one: tuple[str, ...] = ()
    captions: tuple[tuple[str, str, Mapping[int, str]], ...] = ()
    twins: tuple[str, ...] = ()
    profiles: Mapping[str, str] = field(default_factory=dict)


class OcsfObject(BaseModel):
    """An OCSF object: unknown attributes are refused, ids are strict, instances are frozen.

    `model_validate` takes an event's JSON names; the reserved words `from` and `class` are the
    fields `from_` and `class_`. An error names attributes and rules, never a value.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True
    )
    ocsf_rules: ClassVar[Rules] = Rules()

    @model_validator(mode="after")
    def _follow_the_rules(self) -> Self:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        rules, held = self.ocsf_rules, self.__dict__
        if rules.at_least_one and all(held[name] is None for name in rules.at_least_one):
            yield f"needs at least one of {_listed(rules.at_least_one)}"
        if rules.just_one and sum(held[name] is not None for name in rules.just_one) != 1:
            yield f"needs exactly one of {_listed(rules.just_one)}"
        for name, sibling, captions in rules.captions:
            if held[name] is not None:
                yield from _caption_problems(name, held[name], sibling, held[sibling], captions)
        for name in rules.twins:
            time, text = held[name], held[f"{name}_dt"]
            if time is not None and text is not None:
                ms, fine = milliseconds(text)
                if ms != (time if fine else time // 1000 * 1000):
                    yield f"{name} and {name}_dt are different moments"

    def event(self) -> dict[str, Any]:
        """The object as a JSON-ready dict under OCSF's names, without absent attributes."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class OcsfEvent(OcsfObject):
    """An OCSF event: the rules that tie its classification, version and profiles together."""

    ocsf_profiles: ClassVar[frozenset[str]] = frozenset()

    if TYPE_CHECKING:
        class_uid: int
        activity_id: int
        type_uid: int
        metadata: Any

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.type_uid != self.class_uid * 100 + self.activity_id:
            yield "type_uid must be class_uid * 100 + activity_id"
        if self.metadata.version != OCSF_VERSION:
            yield f"metadata.version must be {OCSF_VERSION}"
        named = self.metadata.profiles or []
        declared = frozenset(named)
        if len(declared) != len(named):
            yield "metadata.profiles lists a profile twice"
        if declared - self.ocsf_profiles:
            yield f"metadata.profiles may hold only {_listed(sorted(self.ocsf_profiles))}"
        if missing := self.ocsf_profiles - declared:
            for path, profile in _profile_attributes(self, ""):
                if profile in missing:
                    yield f"{path} needs {profile} in metadata.profiles"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(name.rstrip("_") for name in names)


def _caption_problems(
    name: str, code: Any, sibling: str, caption: Any, captions: Mapping[int, str]
) -> Iterator[str]:
    """A caption may be left out, but for 99: there it is the source's own word."""
    codes = code if isinstance(code, list) else [code]
    if caption is None:
        if OTHER in codes:
            yield f"{sibling} must carry the source's own word, because {name} is {OTHER}"
        return
    words = caption if isinstance(code, list) else [caption]
    if len(words) != len(codes):
        yield f"{sibling} must line up with {name}, element by element"
        return
    for one, word in zip(codes, words, strict=True):
        if one != OTHER and word != captions[one]:
            yield f"{sibling} must be {captions[one]!r} where {name} is {one}"
        elif one == OTHER and word in ("", captions[OTHER]):
            yield f"{sibling} must carry the source's own word where {name} is {OTHER}"


def _profile_attributes(item: OcsfObject, prefix: str) -> Iterator[tuple[str, str]]:
    """Path and profile of each profile attribute that is set, at every depth."""
    for name, value in item.__dict__.items():
        if value is None:
            continue
        path = f"{prefix}{name.rstrip('_')}"
        if profile := item.ocsf_rules.profiles.get(name):
            yield path, profile
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, OcsfObject):
                yield from _profile_attributes(part, f"{path}.")
