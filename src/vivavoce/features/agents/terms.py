"""The terms that a visitor agrees to, as the widget shows them: HTML, made from the Markdown that people write.

Documents hold either; the widget knows HTML only. The little of Markdown that terms need is understood: paragraphs,
headings, lists, bold, italics and links. Everything else is text, and text is escaped.
"""

import re
from html import escape

_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^\s)]+|mailto:[^\s)]+)\)")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_ITALIC = re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)")
_ITEM = re.compile(r"[-*] +(.*)")


def as_html(markdown: str) -> str:
    """The HTML of a text."""
    blocks = re.split(r"\n\s*\n", markdown.replace("\r\n", "\n").strip())
    return "".join(_block(block.strip()) for block in blocks if block.strip())


def _block(block: str) -> str:
    lines = block.split("\n")
    if lines[0].startswith("#"):
        heading = f"<h4>{_inline(lines[0].lstrip('#').strip())}</h4>"
        return heading + (_block("\n".join(lines[1:])) if lines[1:] else "")
    items = [_ITEM.fullmatch(line.strip()) for line in lines]
    if all(items):
        return f"<ul>{''.join(f'<li>{_inline(item[1])}</li>' for item in items if item)}</ul>"
    return f"<p>{' '.join(_inline(line.strip()) for line in lines)}</p>"


def _inline(text: str) -> str:
    safe = escape(text, quote=True)
    linked = _LINK.sub(r'<a href="\2" target="_blank" rel="noopener">\1</a>', safe)
    return _ITALIC.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", linked))
