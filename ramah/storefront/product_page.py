"""What the page of a product shows, put together from what the queries found."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from ramah.commerce.models import Product, Question, SizeGuide
from ramah.commerce.queries.delivery import quotes_for
from ramah.commerce.queries.products import Translated, in_language
from ramah.commerce.queries.relating import Related
from ramah.commerce.queries.terms import category_tree
from ramah.commerce.queries.voices import ReviewSummary
from ramah.storefront.cards import cards_of
from ramah.storefront.offer import Offer
from ramah.storefront.option_words import option_title
from ramah.storefront.pictures import picture_address
from ramah.storefront.promised import place_words, quote_lines
from ramah.storefront.speaking import address_of, head
from ramah.storefront.spoken import distribution, question_entries, review_articles
from ramah.storefront.stars import rating_words, stars
from ramah.storefront.structured import breadcrumbs, json_ld, product_thing
from ramah.storefront.terms_told import payment_names
from ramah.storefront.visiting import Visitor


def page_context(
    request: HttpRequest,
    offer: Offer,
    *,
    reviews: ReviewSummary,
    questions: tuple[list[Question], bool],
    beside: Related,
    at: datetime,
) -> dict[str, Any]:
    """All that the page shows."""
    product, visitor = offer.product, offer.visitor
    part = part_context(request, offer, at=at)
    steps = part["steps"]
    title = product.title_in(visitor.language).text
    thing = product_thing(
        product,
        offer.offered.variants,
        language=visitor.language,
        reviews=reviews.rows,
        images=[address_of(path) for path in _images(product)],
        category=" > ".join(name for name, _path in steps),
    )
    shared = head(
        request,
        title=title,
        description=product.description_in(visitor.language).text,
        kind="product",
        image=next(iter(thing.get("image", [])), ""),
        shop=visitor.shop.name,
    )
    return {
        **part,
        "head": SafeString(shared + json_ld(thing, breadcrumbs([*steps, (title, request.path)]))),
        "reviews": review_articles(reviews.rows, language=visitor.language),
        "has_more_reviews": product.rating_count > len(reviews.rows),
        "distribution": _distribution(product, reviews),
        "questions": question_entries(questions[0], language=visitor.language),
        "has_more_questions": questions[1],
        "goes_with": cards_of(beside.goes_with, visitor),
        "similar": cards_of(beside.similar, visitor),
        "recent": cards_of(beside.recent, visitor),
    }


def part_context(request: HttpRequest, offer: Offer, *, at: datetime) -> dict[str, Any]:
    """What a choice changes, and what stands between."""
    product, visitor = offer.product, offer.visitor
    variant = offer.variant or offer.offered.variants[0]
    title, words = product.title_in(visitor.language), product.description_in(visitor.language)
    steps = way_to(product, visitor)
    days = visitor.shop.return_days if product.return_days is None else product.return_days
    return {
        "offer": offer,
        "product": product,
        "variant": variant,
        "title": title,
        "said": words,
        "steps": steps,
        "way": way_html(steps),
        "rating": rating_line(product),
        "not_translated": fallback_note(title, words),
        "attributes": attributes_html(product, visitor.language),
        "guide": guide_html(product.size_guide, visitor.language) if product.size_guide else "",
        "place": place_words(visitor.place),
        "knows_place": bool(visitor.place.postal_code or visitor.place.city or visitor.place.region),
        "quotes": _quotes(offer, variant.weight_grams, at=at),
        "return_words": return_words(days),
        "payment": ", ".join(payment_names(visitor)),
        "here": quote(request.path),
        "ask_url": f"{reverse('contact')}?product={product.public_id}",
        "ask_title": _("Ask about this product"),
    }


def gone_context(product: Product, visitor: Visitor) -> dict[str, Any]:
    """What is said of a product that is no longer sold."""
    return {"title": product.title_in(visitor.language), "way": way_html(way_to(product, visitor))}


def way_to(product: Product, visitor: Visitor) -> list[tuple[str, str]]:
    """Name and path of the product's category and of those above it."""
    nodes = category_tree().lineage(product.category_id)
    return [(node.name_in(visitor.language).text, reverse("category", args=[node.path])) for node in nodes]


def way_html(steps: Sequence[tuple[str, str]]) -> SafeString:
    """The way to the product as links."""
    if not steps:
        return SafeString("")
    between = SafeString(' <span class="faint" aria-hidden="true">/</span> ')
    links = format_html_join(between, '<a href="{}">{}</a>', ((path, name) for name, path in steps))
    return format_html('<nav class="small" aria-label="{}">{}</nav>', _("Where you are"), links)


def rating_line(product: Product) -> SafeString:
    """Stars and how many reviews, with the way to them; nothing where nobody has rated it."""
    if product.rating is None:
        return SafeString("")
    words = ngettext("%(rating)s from %(n)s review", "%(rating)s from %(n)s reviews", product.rating_count)
    return format_html(
        '<a class="row small" data-gap="2" href="#reviews">{}<span>{}</span></a>',
        stars(product.rating),
        words % {"rating": rating_words(product.rating), "n": product.rating_count},
    )


def fallback_note(*texts: Translated) -> str:
    """In which language the product is shown where it is not the page's; empty where it is."""
    foreign = next((text for text in texts if text.is_fallback), None)
    if foreign is None:
        return ""
    # Translators: language is the name of a language in the reader's own: English.
    return _("Shown in another language: %(language)s. There is no text in yours yet.") % {
        "language": get_language_info(foreign.language)["name_translated"]
    }


def attributes_html(product: Product, language: str) -> SafeString:
    """What is to be known of it, as a list of facts."""
    return SafeString(
        "".join(
            format_html("<dt{}>{}</dt><dd{}>{}</dd>", _lang(name), name.text, _lang(value), value.text)
            for name, value in (
                (in_language(fact.get("name", {}), language), in_language(fact.get("value", {}), language))
                for fact in product.attributes
            )
        )
    )


def guide_html(guide: SizeGuide, language: str) -> SafeString:
    """How the sizes measure, folded away until it is asked for."""
    notes = in_language(guide.notes, language)
    heads = [in_language(column, language).text for column in guide.columns]
    rows = SafeString("".join(_guide_row(row) for row in guide.rows))
    return format_html(
        '<p class="small muted"{}>{}</p><div class="scroll" tabindex="0" role="region" aria-label="{}"><table>'
        '<thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></div>',
        _lang(notes),
        notes.text,
        _("Measures by size"),
        option_title("size"),
        SafeString("".join(format_html('<th scope="col" data-num>{}</th>', head) for head in heads)),
        rows,
    )


def _guide_row(row: list[str]) -> SafeString:
    cells = SafeString("".join(format_html("<td data-num>{}</td>", cell) for cell in row[1:]))
    return format_html('<tr><th scope="row">{}</th>{}</tr>', row[0] if row else "", cells)


def return_words(days: int) -> str:
    """How long it can be sent back."""
    if not days:
        return _("This cannot be returned, unless it is faulty")
    return ngettext("%(n)s day to return", "%(n)s days to return", days) % {"n": days}


def _quotes(offer: Offer, grams: int, *, at: datetime) -> SafeString:
    place = offer.visitor.place
    found = quotes_for(
        country=place.country,
        region=place.region,
        postal_code=place.postal_code,
        currency=offer.visitor.currency,
        items_amount=offer.price.amount if offer.price else Decimal(0),
        grams=grams,
        at=at,
    )
    return quote_lines(found, at=at)


def _distribution(product: Product, reviews: ReviewSummary) -> SafeString:
    if not reviews.by_stars:
        return SafeString("")
    return distribution(reviews.by_stars, url=reverse("reviews", args=[product.slug]))


def _images(product: Product) -> list[str]:
    shown = [picture_address(told["key"], told["widths"][-1]) for told in product.pictures]
    return shown or ([product.image_url] if product.image_url.startswith("http") else [])


def _lang(text: Translated) -> SafeString:
    return format_html(' lang="{}"', text.language) if text.is_fallback else SafeString("")
