"""What stands behind `./dev`: environments, checks, tests, generated pages. Never part of the product.

Everything that runs before the environment exists (commands, environment, node, chromium, steps) uses the standard
library alone. What is built is kept in a cache outside the clone, under a name made from the hash of what it is made
of, so a second run finds it and a change of a lock file builds another one beside it.
"""
