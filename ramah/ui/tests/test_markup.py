"""The text of HTML as a person would read it, in time whatever the HTML."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.ui.markup import Tag, html_to_text, tokens


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hello <b>you</b> &amp; me</p><p>Second<br>line</p>", "Hello you & me\n\nSecond\nline"),
        ("<div>x</div><div><br></div><div>y</div>", "x\n\ny"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<blockquote>old<blockquote>older</blockquote></blockquote>new", "> old\n> \n> > older\n> \nnew"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<style>p{}</style><title>t</title><script>'</p>'</script>words", "words"),
        ("a<!-- <p>not</p> -->b<!-->c", "abc"),
        ("<!--[if !mso]><!-->words<!--<![endif]-->", "words"),
        ("5 < 6 &lt; 7", "5 < 6 < 7"),
        ('<a title="a > b" href=x>link</a>', "link"),
        ('<p title="5" tall">words</p>', "words"),
        ('fine <img alt="😊" src=x> <img alt="Logo of the shop" src=x>', "fine 😊"),
        ("one\n   two\t three&nbsp;four", "one two three four"),
        ("<p>never closed <b>bold", "never closed bold"),
        ("", ""),
    ],
)
def test_text_of_html(source, text):
    assert html_to_text(source) == text


def test_attributes_are_read_as_browsers_do():
    (tag,) = (token for token in tokens("<A HREF='a&amp;b' x=1 href=other title>") if isinstance(token, Tag))
    assert (tag.name, tag.attributes) == ("a", {"href": "a&b", "x": "1", "title": ""})


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<!--",
        "<a href='",
        '<a ="',
        "<",
        "<a ",
        "<script>",
        "<script></script>",
        "&",
        "<a b='c\" ",
        "</blockquote>",
        "<blockquote>",
        "<br>",
        " ",
        "<a" + " " * 1000,
        "<a" + " a" * 500,
        "<p>",
        "<pre>a\n",
        "=",
        "<a=",
        "<a b=''",
    ],
)
def test_a_megabyte_is_read_in_time(unit):
    started = time.process_time()
    html_to_text(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 3


@given(st.text(alphabet="<>/!-='\" abp&;\n\x00", max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(source):
    html_to_text(source)
