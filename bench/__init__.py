"""Measurements that can be repeated: ours beside a floor or a peer, in one run, as ratios.

Each module that `./dev bench NAME` runs is one measurement. Absolute numbers depend on the machine and on what else
it does; the ratios do not, because both sides take turns within seconds. What is measured, against what, and what is
expected of it is said in the module and in README.md.
"""
