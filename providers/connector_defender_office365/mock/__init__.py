"""The embedded tenant: Entra and Graph in one process, over invented mail."""
