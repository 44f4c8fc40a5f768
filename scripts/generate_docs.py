"""Write each provider's mapping page, and the support matrix.

python scripts/generate_docs.py            # write them
python scripts/generate_docs.py --check    # exit 1 when a byte of one would change

The mapping comes from the mapping tables. The matrix comes from what the conformance kit proved:
``pytest tests/conformance --conformance-report docs/conformance-report`` writes that down anew.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import connector_abnormal.mapping
import connector_defender_office365.mapping
from connector_conformance.report import matrix, to_markdown
from connector_core.registry import registry

ROOT = Path(__file__).resolve().parent.parent
PROVIDERS: Final = ("emailsecurity_defender_for_office", "emailsecurity_abnormal")
HEAD: Final = """# Support matrix

Which filters each provider takes, by operation, with the operators that the conformance kit proved:
for each the kit asked the provider and compared the answer with the core's own evaluation of every
event. *pushed* filters are told to the vendor or narrowed by it, and checked again; *local* ones
are decided by the core alone. [What the kit proves](conformance.md)

This page is generated (`python scripts/generate_docs.py`) from
[the report of a run](conformance-report.md).

"""


def pages() -> Mapping[Path, str]:
    """File -> text."""
    shelf = ROOT / "providers"
    return {
        shelf / "connector_defender_office365" / "MAPPING.md": (
            connector_defender_office365.mapping.markdown()
        ),
        ROOT / "docs" / "providers" / "abnormal-mapping.md": connector_abnormal.mapping.markdown(),
        ROOT / "docs" / "conformance-report.md": to_markdown(report()),
        ROOT / "docs" / "support-matrix.md": HEAD
        + matrix([registry().get(provider) for provider in PROVIDERS], report()),
    }


def report() -> dict[str, Any]:
    """What the kit proved when it was last asked to write it down."""
    found: dict[str, Any] = json.loads(
        (ROOT / "docs" / "conformance-report.json").read_text("utf-8")
    )
    return found


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` name the stale ones."""
    stale = [
        file
        for file, text in pages().items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for file in stale:
            print(f"stale: {file.relative_to(ROOT)}; run python scripts/generate_docs.py")
        return 1 if stale else 0
    for file in stale:
        file.write_text(pages()[file], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
