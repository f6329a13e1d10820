"""The audit log: who did what to which thing, when, from where.

An entry names things by kind and id and never says what is in them. Changes of documents are recorded in the
transaction that makes them; changes of people and keys right after theirs.
"""
