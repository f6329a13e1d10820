"""Bounded contexts: what the platform offers, one folder each.

A feature holds its wire models, routes, rules and storage. Features are layers too: imports point to lower layers
only, and only through a feature's `service`.
"""
