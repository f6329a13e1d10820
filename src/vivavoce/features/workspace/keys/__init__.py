"""API keys, and the service accounts that hold keys for machines."""
