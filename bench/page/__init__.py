"""How fast the dashboard is: in a headless Chromium, on a server with 100,000 conversations, beside an empty page.

seed        100,000 conversations and one of 2,000 turns, made inside the database
browse.cjs  what the browser does and measures, as JSON on its standard output
verdicts    what is expected, and whether a run met it
figures     a run as tables: for a terminal, and for the page of figures in the docs
"""
