"""Write MAPPING.md beside each provider's code, from its mapping tables.

python scripts/generate_docs.py            # write it
python scripts/generate_docs.py --check    # exit 1 when a byte of it would change
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from connector_defender_office365 import mapping

ROOT = Path(__file__).resolve().parent.parent


def pages() -> Mapping[Path, str]:
    """File -> text."""
    return {
        ROOT / "providers" / "connector_defender_office365" / "MAPPING.md": mapping.markdown(),
    }


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
