"""The files of the widget's preview, as they are served by `api/widget_routes`. Nothing here is built."""
