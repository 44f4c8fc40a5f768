"""A kit that proves any provider: inherit `ProviderConformance`, or run it without any code.

pytest --pyargs connector_conformance --provider emailsecurity_acme
"""
