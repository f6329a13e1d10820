"""The parts of compiling: overrides, variables, prompt, tools, settings. `compile`, one folder up, puts them together.

All of it is pure. What a call needs from outside (tool records, the names of backup models) is handed in.
"""
