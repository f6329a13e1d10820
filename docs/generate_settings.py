"""Writes docs/reference/settings.md from the settings themselves. Run by `./dev docs`."""

from pathlib import Path

from vivavoce.settings import Option, reference

PAGE = Path(__file__).parent / "reference" / "settings.md"
HEAD = """# Settings

Generated from `src/vivavoce/settings.py` by `./dev docs`; change the sentences there.

Each option can be given as a flag of `vivavoce serve` (`--stop-timeout-seconds 5`), as an environment variable
(`VIVAVOCE_STOP_TIMEOUT_SECONDS=5`) or in a TOML file (`stop_timeout_seconds = 5`) named by `--config` or
`VIVAVOCE_CONFIG`, else `vivavoce.toml` in the data folder. The flag wins over the variable, the variable over the file.

| option | default | meaning |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_row(option) for option in reference())


def _row(option: Option) -> str:
    default = f"`{option.default}`" if option.default else ""
    return f"| `{option.name}` | {default} | {option.meaning.replace('|', chr(92) + '|')} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
