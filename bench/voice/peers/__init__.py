"""The peers of `./dev bench voice`; each script runs in an environment of its own and prints JSON."""
