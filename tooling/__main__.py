"""`python tooling ...`: the door through which `./dev` comes in."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tooling.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
