"""OCSF 1.8.0 for mail: models of Email Activity and Detection Finding, enums, observables.

Everything is loaded when it is first asked for, so importing this package costs nothing and
plain-dict users never import pydantic. The models of all objects are in
`connector_core.ocsf.models`; the function that fills `observables` in
`connector_core.ocsf.observables`.

    >>> from connector_core.ocsf import Severity
    >>> Severity.HIGH.caption
    'High'
"""

from importlib import import_module

# Not typing.TYPE_CHECKING: importing typing would cost more than this whole package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from connector_core.ocsf.base import OcsfEvent, OcsfObject
    from connector_core.ocsf.enums import (
        OCSF_SCHEMA_SHA256,
        OCSF_SCHEMA_SOURCE,
        OCSF_VERSION,
        Action,
        AnalyticType,
        CategoryUid,
        ClassUid,
        Confidence,
        DetectionFindingActivity,
        DetectionStatus,
        DeviceType,
        Direction,
        Disposition,
        EmailActivityKind,
        FileType,
        HashAlgorithm,
        MalwareClassification,
        ObservableType,
        ResourceRole,
        Severity,
        Status,
        UrlCategory,
        UserType,
        Verdict,
    )
    from connector_core.ocsf.models import DetectionFinding, EmailActivity

__all__ = [
    "OCSF_SCHEMA_SHA256",
    "OCSF_SCHEMA_SOURCE",
    "OCSF_VERSION",
    "Action",
    "AnalyticType",
    "CategoryUid",
    "ClassUid",
    "Confidence",
    "DetectionFinding",
    "DetectionFindingActivity",
    "DetectionStatus",
    "DeviceType",
    "Direction",
    "Disposition",
    "EmailActivity",
    "EmailActivityKind",
    "FileType",
    "HashAlgorithm",
    "MalwareClassification",
    "ObservableType",
    "OcsfEvent",
    "OcsfObject",
    "ResourceRole",
    "Severity",
    "Status",
    "UrlCategory",
    "UserType",
    "Verdict",
]
_HOME = {
    "DetectionFinding": "models",
    "EmailActivity": "models",
    "OcsfEvent": "base",
    "OcsfObject": "base",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME.get(name, 'enums')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
