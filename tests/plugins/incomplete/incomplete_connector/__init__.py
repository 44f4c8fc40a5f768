"""A package that lacks one of its own modules."""
