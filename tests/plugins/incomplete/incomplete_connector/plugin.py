"""Imports a module that nobody wrote."""

from incomplete_connector.capabilities import CAPABILITIES  # noqa: F401
