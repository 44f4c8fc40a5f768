"""``python -m connector_core.cli`` is `email-security`."""

import sys

from connector_core.cli import main

sys.exit(main())
