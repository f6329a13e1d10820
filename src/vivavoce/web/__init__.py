"""The built files of the dashboard and of the widget in `static/`, put there by `./dev build` and shipped in the wheel.

Their sources are in web/dashboard; the routes that serve them are `api/dashboard_routes` and `api/widget_routes`. A
source tree that was never built has none, and its server shows the start page instead.
"""
