"""Keeps the ports' promises: each outside store in an embedded and a distributed form, chosen by a URL."""
