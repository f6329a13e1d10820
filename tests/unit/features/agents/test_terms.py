"""Terms as the widget shows them."""

import pytest

from vivavoce.features.agents.terms import as_html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("By talking you agree.", "<p>By talking you agree.</p>"),
        ("One\ntwo\n\nthree", "<p>One two</p><p>three</p>"),
        ("#### Terms\nYou **agree** to *this*.", "<h4>Terms</h4><p>You <strong>agree</strong> to <em>this</em>.</p>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        (
            "[Privacy](https://shop.example/p?a=1&b=2)",
            '<p><a href="https://shop.example/p?a=1&amp;b=2" target="_blank" rel="noopener">Privacy</a></p>',
        ),
        ("", ""),
    ],
)
def test_what_terms_need_of_markdown(markdown: str, html: str) -> None:
    assert as_html(markdown) == html


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '[x](https://a.example/"onmouseover="alert(1))',
        '**<img src=x onerror="alert(1)">**',
    ],
)
def test_nothing_in_them_becomes_markup_of_its_own(markdown: str) -> None:
    html = as_html(markdown)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert '"onmouseover' not in html
