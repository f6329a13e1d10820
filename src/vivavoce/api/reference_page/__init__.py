"""The page that shows the API: Swagger UI as its makers ship it, and the few lines that start it.

`swagger-ui-bundle.js`, `swagger-ui.css`, `favicon-32x32.png`, `LICENSE`, `NOTICE` and
`swagger-ui-bundle.js.LICENSE.txt` are files of the npm package swagger-ui-dist 5.35.0 (Apache-2.0), unchanged. A test
holds them to their hashes. The page's routes are in `api/reference_routes.py`; nothing here knows HTTP.
"""
