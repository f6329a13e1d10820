"""Language models: which of them an agent of this installation can name, what they can do, what they cost.

A catalogue and an estimate; and, in `local`, which local models this machine has. Talking to models is the business of
`providers`; each later registers what it offers here (`ModelSource`).
"""
