"""Needs a package that is not installed."""

import lame_vendor_sdk  # noqa: F401
