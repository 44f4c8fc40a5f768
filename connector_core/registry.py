"""Finds the installed providers. One that is broken is listed with its error and harms no other.

Two plugins that claim one id, or two distributions that claim one entry-point name, are all
refused, whoever came first: which of two strangers reads your mail must not depend on the order
of a search path. The same card offered twice by one distribution counts once.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from connector_core.errors import BrokenProvider, ProviderNotFound
from connector_core.filter.suggest import nearest
from connector_core.provider import API_VERSION, ProviderSpec

GROUP = "connector_core.providers"
"""The entry-point group in which a distribution names its plugins."""
_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_ID = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledProvider:
    """One installed provider, or the plugin that should have brought it."""

    id: str
    """The provider's id, or the entry point's name when the plugin could not be loaded."""
    distribution: str
    version: str
    spec: ProviderSpec | None = None
    """None when it cannot be used."""
    error: str | None = None
    remediation: str = ""


class Registry:
    """The providers of one environment, usable or not."""

    def __init__(self, found: Iterable[InstalledProvider]) -> None:
        self._installed = sorted(_refuse_twins(found), key=lambda one: (one.id, one.distribution))

    @classmethod
    def load(cls) -> "Registry":
        """Load every installed plugin, each alone; see `registry` for the cached one."""
        found = sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))
        owners: defaultdict[str, set[str]] = defaultdict(set)
        for entry in found:
            owners[entry.name].add(_owner(entry)[0])
        return cls(
            one for entry in found for one in _load(entry, rivals=sorted(owners[entry.name]))
        )

    def providers(self) -> list[InstalledProvider]:
        """Everything found, sorted by id; the broken ones too."""
        return list(self._installed)

    def without_account(self) -> list[str]:
        """Ids of providers that bring their own vendor and need no configuration."""
        specs = [one.spec for one in self._installed if one.spec is not None]
        return [spec.id for spec in specs if not spec.needs_configuration]

    def get(self, id: str) -> ProviderSpec:
        """The card of one provider.

        Raises `ProviderNotFound` when no plugin has this id, `BrokenProvider` with the reason
        when one has but cannot be used.
        """
        matches = [one for one in self._installed if one.id == id]
        for one in matches:
            if one.spec is not None:
                return one.spec
        if matches:
            first = matches[0]
            raise BrokenProvider(
                f"The provider {id} ({first.distribution} {first.version}) cannot be used: "
                f"{first.error}",
                remediation=first.remediation,
            )
        raise self._not_found(id)

    def _not_found(self, id: str) -> ProviderNotFound:
        installed = [one.id for one in self._installed if one.spec is not None]
        near = nearest(id, installed)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        return ProviderNotFound(
            f"No installed provider has the id {id[:_LONGEST_ID]!r}.{meant}",
            remediation=f"Installed: {', '.join(installed)}."
            if installed
            else "No provider is installed: install a package that brings one.",
        )


@cache
def registry() -> Registry:
    """The providers of this process, loaded once."""
    return Registry.load()


def _load(entry: EntryPoint, *, rivals: Sequence[str]) -> Iterator[InstalledProvider]:
    distribution, version = _owner(entry)
    plugin = InstalledProvider(id=entry.name, distribution=distribution, version=version)
    if len(rivals) > 1:
        yield replace(
            plugin,
            error=f"{' and '.join(rivals)} claim the same entry point name {entry.name}.",
            remediation="Uninstall the one that you did not mean to install.",
        )
        return
    try:
        cards = _cards(entry)
    except ImportError as error:
        yield replace(
            plugin,
            error=f"it cannot be imported: {_reason(error)}",
            remediation=_what_to_install(entry, distribution, error.name or ""),
        )
    except (Exception, SystemExit) as error:  # a plugin may do anything; ours must go on
        yield replace(
            plugin,
            error=f"it failed while loading: {_reason(error)}",
            remediation=f"Update {distribution}, or report this to its authors.",
        )
    else:
        for card in cards:
            yield _judge(card, plugin)


def _cards(entry: EntryPoint) -> list[object]:
    """Import one plugin and call its hook, with a plugin manager that knows nothing else."""
    import pluggy

    from connector_core import hookspecs

    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    plugin = entry.load()
    manager.register(plugin, name=entry.name)
    manager.check_pending()  # without it a misspelt hook is an empty answer
    if not manager.get_hookcallers(plugin):
        raise TypeError(f"{entry.value} has no function connector_providers marked with @hookimpl")
    return [card for cards in manager.hook.connector_providers() for card in cards]


def _judge(card: object, plugin: InstalledProvider) -> InstalledProvider:
    if not isinstance(card, ProviderSpec):
        return replace(
            plugin,
            error=f"its hook returned a {type(card).__name__}, not a ProviderSpec.",
            remediation=f"Report this to the authors of {plugin.distribution}.",
        )
    if card.api_version != API_VERSION:
        return _other_version(card, plugin)
    if not _ID.fullmatch(str(card.id)) or len(card.id) > _LONGEST_ID:
        return replace(
            plugin,
            error=f"its id {str(card.id)[:_LONGEST_ID]!r} is not lower snake case.",
            remediation="An id looks like emailsecurity_vendor_product.",
        )
    return replace(plugin, id=card.id, spec=card)


def _other_version(card: ProviderSpec, plugin: InstalledProvider) -> InstalledProvider:
    newer = card.api_version > API_VERSION
    return replace(
        plugin,
        id=str(card.id),
        error=f"{'too new' if newer else 'outdated'}: it was written for version "
        f"{card.api_version} of the provider contract, this is version {API_VERSION}.",
        remediation=f"Update {'connector-core' if newer else plugin.distribution}.",
    )


def _refuse_twins(found: Iterable[InstalledProvider]) -> Iterator[InstalledProvider]:
    claims: defaultdict[str, list[InstalledProvider]] = defaultdict(list)
    for plugin in found:
        twins = claims[plugin.id]
        if not any(
            one.spec is plugin.spec is not None and one.distribution == plugin.distribution
            for one in twins
        ):
            twins.append(plugin)
    for id, twins in claims.items():
        usable = [one for one in twins if one.spec is not None]
        names = " and ".join(sorted({f"{one.distribution} {one.version}" for one in usable}))
        for one in twins:
            if one.spec is None or len(usable) == 1:
                yield one
            else:
                yield replace(
                    one,
                    spec=None,
                    error=f"the id {id} is claimed more than once, by {names}.",
                    remediation="Uninstall the one that you did not mean to install.",
                )


def _owner(entry: EntryPoint) -> tuple[str, str]:
    return (entry.dist.name, entry.dist.version) if entry.dist else ("unknown", "")


def _what_to_install(entry: EntryPoint, distribution: str, missing: str) -> str:
    """What would help where a plugin cannot import the module `missing`."""
    if missing.partition(".")[0] == entry.module.partition(".")[0]:
        return f"{missing} is a part of {distribution} itself: write it, or install it anew."
    if entry.extras:
        return f"Run: pip install '{distribution}[{','.join(entry.extras)}]'"
    return f"Install what {distribution} needs."


def _reason(error: BaseException) -> str:
    """What an exception says, as one sentence of sensible length."""
    text = " ".join(str(error).split())[:300].rstrip(".")
    return f"{type(error).__name__}: {text}." if text else f"{type(error).__name__}."
