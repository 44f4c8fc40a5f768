"""Judges that look at everything the tests produce, whatever the test was about."""

pytest_plugins = ["judges.ocsf", "judges.kql", "conformance.mutants.score"]
