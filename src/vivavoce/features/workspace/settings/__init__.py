"""Workspace settings: defaults for every agent, and the charts of the dashboard."""
