"""Abnormal Security: threats (campaigns) and mail through its REST API."""
