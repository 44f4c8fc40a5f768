"""Acme Mail Guard, asked through its REST API; a provider of connector-core."""
