"""What the inside asks of the outside, as Protocols; each ships with its deterministic double.

A port says what is promised, not how it is kept: `storage` and later `providers` keep the promises, `app` chooses
who. Doubles are first-class: they obey the same tests as the real thing.
"""
