"""What a message holds beside its words, as the thread shows it; whatever customers and providers put there does no harm."""

import pytest
from django.urls import reverse

from ramah.conversations.models import Message
from ramah.conversations.testing import make_conversation, make_message
from ramah.desk.details import details_of, text_without
from ramah.desk.lines import lines_of

PLACE = {"latitude": -6.2, "longitude": 106.816666, "name": "Toko Laut", "address": "Jl. Sudirman 1"}
CARD = {"name": "Eli", "phones": ["+380 50 123 4567"], "emails": ["eli@mail.example"]}
ORDER = [
    {"sku": "TOTE-1", "quantity": "2", "price": "150000", "currency": "IDR"},
    {"sku": "MUG-7", "quantity": "1", "price": "?", "currency": "IDR"},
]


def details(detail, *, whole=True):
    return [
        (shown.words, list(shown.lines), shown.url, shown.link) for shown in details_of(detail, sees_contact_data=whole)
    ]


def shown(text, detail, *, whole=True, **fields):
    message = make_message(make_conversation(text=""), text, detail=detail, **fields)
    (line,) = lines_of([Message.objects.get(pk=message.pk)], sees_contact_data=whole)
    return line


@pytest.mark.parametrize(
    ("place", "words", "lines"),
    [
        (PLACE, "Toko Laut", ["Jl. Sudirman 1"]),
        ({**PLACE, "name": ""}, "Jl. Sudirman 1", []),
        ({"latitude": -6.2, "longitude": 106.816666}, "-6.200000, 106.816666", []),
    ],
)
def test_a_place_leads_to_the_map(place, words, lines):
    url = "https://www.openstreetmap.org/?mlat=-6.200000&mlon=106.816666#map=16/-6.200000/106.816666"

    assert details({"location": place}) == [(words, lines, url, "Open map")]


def test_cards_are_masked_for_who_sees_no_contact_data():
    assert details({"contacts": [CARD]}) == [("Eli", ["+380 50 123 4567", "eli@mail.example"], "", "")]
    assert details({"contacts": [CARD]}, whole=False) == [("Eli", ["•••67", "e•••@mail.example"], "", "")]


def test_an_order_names_the_amount_of_each_line():
    (order,) = details({"order": ORDER})

    assert order == ("Order from the catalog", ["2 × TOTE-1: Rp\xa0300.000", "1 × MUG-7"], "", "")


@pytest.mark.parametrize("price", ["NaN", "1e999999", "Infinity", "-5", "", "1e20"])
def test_a_price_that_makes_no_sense_is_left_out(price):
    line = {"sku": "TOTE-1", "quantity": "2", "price": price, "currency": "IDR"}

    assert details({"order": [line]})[0][1] == ["2 × TOTE-1"]


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"story": {"kind": "reply", "url": "https://cdn.example/1"}}, "Answers your story"),
        ({"story": {"kind": "mention", "url": ""}}, "Mentions you in a story"),
        ({"ad": {"headline": "Autumn", "url": ""}}, "Came by the advertisement “Autumn”"),
        ({"ad": {"headline": "", "url": "https://fb.example/ad"}}, "Came by an advertisement"),
        ({"product": "TOTE-1"}, "About the product TOTE-1"),
        ({"forwarded": True}, "Passed on from another chat"),
        ({"template": {"name": "order_shipped", "language": "id"}}, "Approved template order_shipped (id)"),
        ({"buttons": [{"title": "Yes", "id": "y"}]}, "Answers to choose from"),
        ({"quick_replies": [{"title": "Yes", "payload": "y"}]}, "Answers to choose from"),
        ({"answers": ["Yes", "No"]}, "Answers to choose from"),
    ],
)
def test_the_other_facts_are_named(detail, words):
    assert [shown[0] for shown in details(detail)] == [words]


def test_only_addresses_of_the_web_become_links():
    (story,) = details({"story": {"kind": "reply", "url": "javascript:alert(1)"}})

    assert story == ("Answers your story", [], "", "")


@pytest.mark.parametrize(
    "detail",
    [
        {"story": {"kind": "unheard of"}, "poll": {"question": "?"}, "user_id": "1", "elsewhere": True},
        {"location": {"latitude": "north"}, "contacts": "Eli", "order": [7], "story": 7, "product": {"id": 1}},
        {"location": [], "contacts": [None], "order": {}, "template": "x", "answers": "Yes", "forwarded": "no"},
    ],
)
def test_what_is_unknown_or_strange_is_not_shown(detail):
    assert details(detail) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "detail", "left"),
    [
        ("Toko Laut\nJl. Sudirman 1\n-6.200000, 106.816666", {"location": PLACE}, ""),
        ("Here it is\n\nright?\nToko Laut", {"location": PLACE}, "Here it is\n\nright?"),
        ("Eli\n+380 50 123 4567\neli@mail.example", {"contacts": [CARD]}, ""),
        ("For Friday\n2 × TOTE-1 (150000 IDR)\n1 × MUG-7 (? IDR)", {"order": ORDER}, "For Friday"),
        ("Hello\n\nYes", {"answers": ["Yes"]}, "Hello\n\nYes"),
    ],
)
def test_the_text_does_not_say_again_what_the_details_show(text, detail, left):
    line = shown(text, detail)

    assert (line.text, len(line.details)) == (left, 1)


def test_a_text_without_details_stays_as_it_was_written():
    assert text_without("  two\n\n spaces ", []) == "  two\n\n spaces "


@pytest.mark.django_db
def test_edits_reactions_and_what_was_taken_back_stand_with_the_message():
    line = shown(
        "On Monday",
        {
            "earlier": [{"text": "On Sunday", "until": "2026-03-02T09:00:00+00:00"}],
            "reactions": [{"by": 1, "emoji": "👍", "at": "2026-03-02T09:00:00+00:00"}],
        },
    )

    assert (line.earlier, line.reactions, line.details) == (["On Sunday"], "👍", [])


def test_the_page_escapes_all_of_it(cast):
    script = "<script>alert(1)</script>"
    conversation = cast.conversation()
    for detail in (
        {"location": {**PLACE, "name": script, "address": script}},
        {"contacts": [{"name": script, "phones": [script], "emails": [script]}]},
        {"order": [{"sku": script, "quantity": script, "price": "1", "currency": script}]},
        {"ad": {"headline": script, "url": f'https://x.example/"{script}'}, "product": script},
        {"answers": [script], "template": {"name": script, "language": script}},
    ):
        make_message(conversation, "Look", detail=detail)

    page = cast.browser(cast.ben).get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()

    assert script not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 10
    assert 'target="_blank" rel="nofollow noopener noreferrer">Open map</a>' in page
