"""The `vivavoce` command, also as `python -m vivavoce`."""

import sys


def main() -> None:
    """Run the command. A server's first worker is begun before the command line is even loaded."""
    if sys.argv[1:2] == ["serve"] and not {"-h", "--help"} & set(sys.argv):
        from vivavoce.processes import ahead

        ahead.begin()
    from vivavoce.cli import main as run

    run()


if __name__ == "__main__":
    main()
