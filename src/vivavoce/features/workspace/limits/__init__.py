"""The limits of the installation, to be seen; they are changed in the settings.

Nothing here counts or refuses: requests are counted in `api/limits`, calls in `live/supervisor`.
"""
