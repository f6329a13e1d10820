"""Keeps the ports' promises: each outside store in an embedded and a distributed form, chosen by a URL.

Here live the database with its migrations, documents, jobs, bus, blobs, the vault and leases. What they promise is
said in `ports`; what is stored, and what it means, is the features' business.
"""
