"""The HTTP edge that all features share: the server, who may come in, errors, pages, limits.

What a resource is and does lives in its feature; what every request has in common lives here.
"""

from pydantic import BaseModel

# A server that starts should not wait for what its first requests will not need. Our own models are built at their
# first use (`schema.Wire`); this says the same of FastAPI's, before it is imported: those of an OpenAPI document, which
# no server makes.
BaseModel.model_config["defer_build"] = True
