"""Language models: which of them an agent of this installation can name, what they can do, what they cost.

A catalogue and an estimate. Talking to models is the business of `providers`; each later registers what it offers
here (`ModelSource`).
"""
