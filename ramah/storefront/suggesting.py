"""What is offered below the search field while somebody types: links, so keyboard and screen reader need nothing of their own."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ramah.commerce.models import Listing
from ramah.commerce.queries.searching import Suggested
from ramah.commerce.queries.terms import CategoryNode
from ramah.storefront.cards import drawn_photo, price_of, product_address, stock_words
from ramah.storefront.facets import number
from ramah.ui.elements import icon


def suggested(found: Suggested, words: str, language: str) -> SafeString:
    """The list of links, the way to all that is found last; nothing for words that find nothing."""
    if not found.listings and not found.categories:
        return format_html('<p class="vh" role="status">{}</p>', _("Nothing found.")) if words else SafeString("")
    searched = found.mended or words
    mended = (
        format_html('<p class="small muted">{}</p>', _("Did you mean “%(words)s”?") % {"words": found.mended})
        if found.mended
        else ""
    )
    everything = ngettext("%(n)s product for “%(words)s”", "%(n)s products for “%(words)s”", found.total) % {
        "n": number(found.total),
        "words": searched,
    }
    return format_html(
        '{}<ul>{}{}<li><a href="{}?{}">{}<span class="grow">{}</span></a></li></ul><p class="vh" role="status">{}</p>',
        mended,
        format_html_join("", "<li>{}</li>", ((_category(node, language),) for node in found.categories)),
        format_html_join("", "<li>{}</li>", ((_product(row, language),) for row in found.listings)),
        reverse("search"),
        urlencode({"q": searched}),
        icon("search"),
        everything,
        everything,
    )


def _category(node: CategoryNode, language: str) -> SafeString:
    name = node.name_in(language)
    return format_html(
        '<a href="{}">{}<span class="grow"{}>{}</span><small>{}</small></a>',
        reverse("category", args=[node.path]),
        icon("list"),
        format_html(' lang="{}"', name.language) if name.is_fallback else "",
        name.text,
        _("Category"),
    )


def _product(row: Listing, language: str) -> SafeString:
    title = row.title_in(language)
    return format_html(
        '<a href="{}"><span class="thumb">{}</span><span class="grow"><span{}>{}</span><small>{}</small></span>{}</a>',
        product_address(row.slug),
        drawn_photo(row, language, place="thumb"),
        format_html(' lang="{}"', title.language) if title.is_fallback else "",
        title.text,
        stock_words(row),
        price_of(row),
    )
