"""The processes of one server, and what they say to each other.

    vivavoce serve -> supervisor            holds the port and the hub of the bus; light, knows no framework
                        |- worker 1..N      HTTP and calls (`app` behind uvicorn)
                        |- jobs             durable jobs; started at first need, leaves when nothing is due
                        |- models           computes local models for all workers, where there are several
                        `- fetching         pulls local models that are missing, and leaves

What is served lives in `app` and the features; how a machine keeps it running lives here.
"""
