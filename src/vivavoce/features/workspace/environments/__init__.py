"""Environment variables: one label, one value for each environment, `production` for all that have none.

Which environment a call runs in is said where it starts (`features/conversations`).
"""
