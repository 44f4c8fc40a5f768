"""The pytest plugin of the kit: options, fixtures and the cases of each provider.

It is loaded by every pytest run of an environment that has the kit, so it acts on nothing but
classes that inherit `ProviderConformance`, and imports nothing else of the kit before it meets one.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from connector_conformance.direct import Direct
    from connector_conformance.subject import Subject
    from connector_core import Connector

LAWS: Final = (
    "completeness",
    "detail",
    "errors",
    "filters",
    "fixtures",
    "hostile",
    "isolation",
    "joined",
    "lists",
    "lossless",
    "ocsf",
    "paging",
    "planted",
    "secrets",
)
pytest.register_assert_rewrite(*(f"connector_conformance.laws_{law}" for law in LAWS))

_runs: Final[list[pytest.Config]] = []
_chosen: Final[list["Subject"]] = []
_subjects: Final[dict[type, "Subject"]] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the kit."""
    group = parser.getgroup("connector conformance")
    group.addoption("--provider", default="", metavar="ID", help="the provider to prove")
    group.addoption(
        "--live",
        action="store_true",
        help="ask the real vendor, reading only; needs --integration",
    )
    group.addoption(
        "--integration", default="", metavar="NAME", help="an integration of the settings file"
    )
    group.addoption(
        "--conformance-report",
        default="",
        metavar="PATH",
        help="write what was proved to PATH.json and PATH.md",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep the options for the suite without code; collect results where a report is wanted."""
    _runs.append(config)
    if path := config.getoption("--conformance-report"):
        from connector_conformance.collector import Collector

        config.pluginmanager.register(Collector(path, config), "connector_conformance_report")

    chosen()  # options that cannot be right end the run before it begins


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget the options; runs may be nested."""
    if config in _runs:
        _runs.remove(config)
        _chosen.clear()


def chosen() -> "Subject | None":
    """The provider that the options of this run name, or None; one object for each run.

    Raises `pytest.UsageError` for options that do not go together or a provider without a bench.
    """
    options = _runs[-1].option if _runs else None
    if options is None or not (options.provider or options.live):
        return None
    if not _chosen:
        from connector_conformance.choose import choose

        _chosen.append(choose(options.provider, options.integration, live=options.live))
    return _chosen[0]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make the cases of a standard test from what the provider declares."""
    if not _is_conformance(metafunc.cls):
        return
    from connector_conformance.arguments import ARGUMENTS

    for name in metafunc.fixturenames:
        if cases := ARGUMENTS.get(name):
            metafunc.parametrize(name, cases(_subject_of(metafunc.cls)))


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Expect the failures that a bench announces, and note what the test promises."""
    if not isinstance(item, pytest.Function) or not _is_conformance(item.cls):
        return
    subject = _subject_of(item.cls)
    for expected in subject.cases.expected_failures:
        if expected.test in (item.name, item.originalname):
            item.add_marker(pytest.mark.xfail(reason=expected.reason, strict=True))
    found = getattr(item.function, "__promise__", None)
    law, sentence = found or ("other", item.originalname.removeprefix("test_").replace("_", " "))
    facts = {"provider": subject.provider, "law": law, "sentence": sentence, "test": item.name}
    item.user_properties.append(("conformance", facts))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs planted mail or a spoiled answer where a real vendor is asked."""
    needless = [item for item in items if _needs_planting(item)]
    if needless:
        config.hook.pytest_deselected(items=needless)
        items[:] = [item for item in items if item not in needless]


def _needs_planting(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or not _is_conformance(item.cls):
        return False
    return _subject_of(item.cls).live and not getattr(item.function, "__read_only__", False)


@pytest.fixture(scope="class")
def subject(request: pytest.FixtureRequest) -> "Subject":
    """The provider under test."""
    return _subject_of(request.cls)


@pytest.fixture(scope="class")
def connector(subject: "Subject") -> "Iterator[Connector]":
    """A connector to the kit's world, for tests that leave no trace in it."""
    with subject.open() as opened:
        yield opened


@pytest.fixture(scope="class")
def direct_provider(subject: "Subject") -> "Iterator[Direct]":
    """The provider itself, over the kit's world."""
    from connector_conformance.direct import direct

    with direct(subject) as opened:
        yield opened


def _is_conformance(case: Any) -> bool:
    return isinstance(case, type) and getattr(case, "is_conformance", False) is True


def _subject_of(case: Any) -> "Subject":
    if case not in _subjects:
        make: Callable[[], Subject] = case.make_subject
        _subjects[case] = make()
    return _subjects[case]
