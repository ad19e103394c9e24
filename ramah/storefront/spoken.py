"""What buyers say and ask, as HTML. What people wrote is escaped, and marked with its language."""

from collections.abc import Iterable, Sequence

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ramah.commerce.models import Question, Review
from ramah.storefront.stars import stars
from ramah.ui.elements import pill

_NOTHING = SafeString("")


def review_articles(reviews: Iterable[Review], *, language: str) -> SafeString:
    """Reviews, each with stars, who wrote it, whether they bought it, and what the shop says to it."""
    return SafeString("".join(_review(review, language) for review in reviews))


def _review(review: Review, language: str) -> SafeString:
    mark = _NOTHING
    if review.order_line_id is not None:
        bought = _("bought %(what)s") % {"what": review.bought} if review.bought else ""
        mark = format_html('{}<span class="muted">{}</span>', pill(_("Verified buyer"), "kept", "check"), bought)
    return format_html(
        '<article class="stack" data-gap="1"><div class="row small" data-gap="2">{}<b>{}</b>{}</div>{}{}{}'
        '<p class="small faint">{}</p></article>',
        stars(review.rating),
        review.author_name or _("A customer"),
        mark,
        _text(review.title, review.language, language, tag="h3", css="name"),
        _text(review.text, review.language, language),
        _answer(review.answer),
        _day(review),
    )


def question_entries(questions: Iterable[Question], *, language: str) -> SafeString:
    """Questions with their answers."""
    return format_html_join(
        "",
        '<article class="stack" data-gap="1">{}{}<p class="small faint">{}</p></article>',
        (
            (
                _text(question.text, question.language, language, tag="h3", css="name"),
                _text(question.answer, question.language, language),
                ", ".join(part for part in (question.author_name, _day(question)) if part),
            )
            for question in questions
        ),
    )


def distribution(by_stars: Sequence[tuple[int, int]], *, url: str, chosen: int | None = None) -> SafeString:
    """How many reviews there are by stars, each line a link to those."""
    whole = sum(count for _stars, count in by_stars) or 1
    return format_html(
        '<ul class="spread small">{}</ul>',
        format_html_join(
            "",
            '<li><a href="{}?stars={}"{}>{}</a><progress max="{}" value="{}" aria-hidden="true"></progress>'
            '<span class="num">{}</span></li>',
            (
                (
                    url,
                    number,
                    SafeString(' aria-current="true"') if number == chosen else _NOTHING,
                    ngettext("%(n)s star", "%(n)s stars", number) % {"n": number},
                    whole,
                    count,
                    count,
                )
                for number, count in by_stars
            ),
        ),
    )


def _text(text: str, written: str, language: str, *, tag: str = "p", css: str = "text") -> SafeString:
    if not text:
        return _NOTHING
    lang = format_html(' lang="{}"', written) if written and written != language else _NOTHING
    return format_html('<{0} class="{1}"{2}>{3}</{0}>', SafeString(tag), css, lang, text)


def _answer(text: str) -> SafeString:
    if not text:
        return _NOTHING
    return format_html('<div class="answer"><b class="small">{}</b><p class="text">{}</p></div>', _("The shop"), text)


def _day(said: Review | Question) -> str:
    return str(date_format(said.created_at, "j E Y"))
