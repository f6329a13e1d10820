"""Workspace settings: defaults for every agent, and the charts of the dashboard.

The settings of the server itself are elsewhere, in `vivavoce/settings.py`.
"""
