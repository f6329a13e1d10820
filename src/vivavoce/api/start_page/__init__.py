"""The files of the start page: what a browser shows at `/` while there is no dashboard. Served by `start_routes`.

The dashboard's files are not here but in `web/static`, once they are built.
"""
