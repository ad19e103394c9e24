"""Pages of customers: found, shown as far as one may see, put right, merged; who may not leaves no trace."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.customers.commands import flag_bounced, merge_customers
from ramah.customers.models import ContactPoint, Customer, CustomerMerge
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def dana(db):
    return make_customer("Dana", email="dana@mail.example", phone="+6281234567890")


@pytest.fixture
def ben(db):
    return client_of(make_agent(name="Ben"))


@pytest.fixture
def chris(db):
    return client_of(make_agent(role="contractor", name="Chris"))


def text_of(response):
    return response.content.decode()


def url(name, customer, *more):
    return reverse(f"customer-{name}", args=[customer.public_id, *more])


def page_of(customer):
    return reverse("customer", args=[customer.public_id])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["Іванка Мельник", "Eli", "Dana"]),
        ("Dan", ["Dana"]),
        ("dan", ["Dana"]),
        ("іван", ["Іванка Мельник"]),
        ("іванка мель", ["Іванка Мельник"]),
        ("ana", []),
        ("DANA@mail.example", ["Dana"]),
        ("dana@mail", []),
        ("0812 3456 7890", ["Dana"]),
        ("+62 812-3456-7890", ["Dana"]),
        ("81234567890", ["Dana"]),
        ("999", []),
        ("%", []),
        ("_", []),
    ],
)
def test_customers_are_found_by_name_address_or_number(dana, ben, settings, words, found):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"
    make_customer("Eli", email="eli@mail.example")
    make_customer("Іванка Мельник", email="ivanka@mail.example")

    response = ben.get(reverse("customers"), {"q": words})

    assert [row.name for row in response.context["rows"]] == found
    assert ("Nobody was found" in text_of(response)) == (not found)


def test_the_list_goes_on_without_merged_customers(ben, django_assert_num_queries):
    kept = make_customer("Kept", email="kept@mail.example")
    merge_customers(actor=SYSTEM, kept=kept, merged=make_customer("Gone"), at=AT)
    for number in range(27):
        make_customer(f"Customer {number}", email=f"c{number}@mail.example")
    ben.get(reverse("customers"))

    with django_assert_num_queries(5):
        first = ben.get(reverse("customers"))
    rest = ben.get(first.context["more"], headers=HTMX)

    assert len(first.context["rows"]) == 25
    assert re.findall("<b>(.+?)</b>", text_of(rest)) == ["Customer 1", "Customer 0", "Kept"]
    assert "<html" not in text_of(rest)
    assert ben.get(reverse("customers"), {"cursor": "forged"}).status_code == 400


def test_nobody_is_here_yet(ben):
    assert "No customers yet" in text_of(ben.get(reverse("customers")))


def test_a_customer_is_shown_with_everything(dana, ben):
    Customer.objects.filter(pk=dana.pk).update(note="Likes <b>linen</b>", time_zone="Asia/Jakarta")
    flag_bounced(kind="email", value="dana@mail.example", reason="550 unknown", at=AT)

    page = text_of(ben.get(page_of(dana)))

    for said in ("Dana", "English", "Asia/Jakarta", "Likes &lt;b&gt;linen", "dana@mail.example", "+6281234567890"):
        assert said in page
    for said in ("Claimed", "Mail came back", "550 unknown", "First met", "Address known"):
        assert said in page


def test_a_contractor_sees_masked_addresses_everywhere_and_no_way_to_change(chris):
    dana = make_customer("dana@mail.example", email="dana@mail.example", phone="+6281234567890")
    flag_bounced(kind="email", value="dana@mail.example", reason="550 <dana@mail.example> unknown", at=AT)

    pages = [page_of(dana), reverse("customers"), url("panel", dana)]
    for page in (text_of(chris.get(address)) for address in pages):
        assert "dana@mail.example" not in page
        assert "1234567890" not in page
        assert "d•••@mail.example" in page
        assert "•••90" in page
        assert '<form method="post" action="/desk/customers/' not in page
    assert [row.customer for row in chris.get(reverse("customers"), {"q": "dana@mail.example"}).context["rows"]] == [
        dana
    ]


def test_the_panel_shows_who_writes(dana, ben):
    page = text_of(ben.get(url("panel", dana)))

    assert "<html" not in page
    assert page_of(dana) in page
    for said in ("Dana", "Writes English", "dana@mail.example", "Claimed"):
        assert said in page


def test_a_language_without_a_name_is_shown_as_it_is(dana, ben):
    Customer.objects.filter(pk=dana.pk).update(language="xx")

    assert "Writes xx" in text_of(ben.get(url("panel", dana)))
    assert "xx" in text_of(ben.get(page_of(dana)))
    assert 'value="xx" selected' in text_of(ben.get(url("edit", dana)))


def test_the_time_line_goes_on(dana, ben):
    for number in range(30):
        at = AT + timedelta(days=number + 1)
        ContactPoint.objects.create(customer=dana, kind="email", value=f"d{number}@mail.example", created_at=at)

    first = ben.get(page_of(dana))
    earlier = first.context["earlier"]
    rest, whole = ben.get(earlier, headers=HTMX), ben.get(earlier)

    assert len(first.context["entries"]) == 20
    assert len(rest.context["entries"]) == 13
    assert "<html" not in text_of(rest)
    assert "Back to the newest" in text_of(whole)
    assert rest.context["earlier"] == ""


@pytest.mark.parametrize("before", ["", "yesterday", "2026-03-02T09:00:00", "2026-13-41T09:00:00Z"])
def test_a_moment_that_is_none_is_refused(dana, ben, before):
    assert ben.get(page_of(dana), {"before": before}).status_code == 400


def test_a_customer_is_edited(dana, ben):
    form = {"name": "Dana Putri", "language": "id", "time_zone": "Asia/Jakarta", "note": "Calls back"}

    assert ben.post(url("edit", dana), form).status_code == 302
    dana.refresh_from_db()
    assert {name: getattr(dana, name) for name in form} == form

    assert ben.post(url("edit", dana), {**form, "time_zone": "Mars/Base"}).status_code == 422
    assert ben.post(url("edit", dana), {**form, "note": "x" * 4001}).status_code == 422
    dana.refresh_from_db()
    assert dana.time_zone == "Asia/Jakarta"


def test_an_address_is_added_changed_and_removed(dana, ben):
    added = ben.post(url("add-address", dana), {"kind": "email", "value": "Dana@Work.example"}, follow=True)
    point = ContactPoint.objects.get(value="dana@work.example")
    assert "The address is written down." in text_of(added)

    ben.post(reverse("customer-set-proof", args=[point.pk]), {"proof": "channel_verified"})
    flag_bounced(kind="email", value=point.value, reason="gone", at=AT)
    ben.post(reverse("customer-clear-bounce", args=[point.pk]))
    point.refresh_from_db()
    assert (point.proof, point.bounced_at) == ("channel_verified", None)

    refused = ben.post(reverse("customer-set-proof", args=[point.pk]), {"proof": "signed_in"}, follow=True)
    assert "cannot be given by hand" in text_of(refused)

    ben.post(reverse("customer-remove-address", args=[point.pk]))
    assert not ContactPoint.objects.filter(pk=point.pk).exists()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "email", "value": "dana"}, "This is no e-mail address."),
        ({"kind": "phone", "value": "12"}, "This is no phone number of"),
        ({"kind": "visitor", "value": "v1"}, "Select a valid choice"),
        ({"kind": "email", "value": ""}, "This field is required."),
        ({"kind": "email", "value": "x" * 300}, "at most 254 characters"),
    ],
)
def test_a_wrong_address_is_told(dana, ben, form, said):
    response = ben.post(url("add-address", dana), form)

    assert response.status_code == 422
    assert said in text_of(response)
    assert dana.contact_points.count() == 2


def test_a_taken_address_offers_to_merge(dana, ben):
    eli = make_customer("Eli", email="eli@mail.example")

    page = text_of(ben.post(url("add-address", dana), {"kind": "email", "value": "eli@mail.example"}))

    assert "Another customer has this address." in page
    assert f"{url('same', dana)}?with={eli.public_id}" in page
    offered = ben.get(url("same", dana), {"with": eli.public_id})
    assert [row.customer for row in offered.context["rows"]] == [eli]


def test_likely_ones_are_offered_with_the_reason(dana, ben):
    same_name = make_customer("Dana", email="other@mail.example")
    alike = make_customer("D. Putri", email="dana+shop@work.example")
    number = make_customer("D.")
    ContactPoint.objects.create(customer=number, kind="whatsapp", value="+6281234567890", created_at=AT)
    both = make_customer("Dana", email="dana@work.example")
    make_customer("Eli", email="danae@mail.example")

    rows = ben.get(url("same", dana)).context["rows"]

    assert {row.customer: row.grounds for row in rows} == {
        both: "e-mail address begins alike, same name",
        same_name: "same name",
        alike: "e-mail address begins alike",
        number: "same number",
    }
    assert rows[0].customer == both
    part = ben.get(url("same", dana), {"q": "Eli"}, headers=HTMX)
    assert [row.name for row in part.context["rows"]] == ["Eli"]
    assert "<html" not in text_of(part)
    assert ben.get(url("same", dana), {"with": "nobody"}).context["rows"] == []


def test_merging_and_undoing_by_hand(dana, ben):
    other = make_customer("Dana P.", email="dana@work.example")

    merged = ben.post(url("merge", dana), {"other": other.public_id}, follow=True)

    assert merged.redirect_chain == [(page_of(dana), 302)]
    assert "Merged into this customer" in text_of(merged)
    assert ben.get(page_of(other)).url == page_of(dana)
    merge = CustomerMerge.objects.get()
    again = ben.post(url("merge", dana), {"other": other.public_id}, follow=True)
    assert "one customer already" in text_of(again)

    undone = ben.post(reverse("customer-undo-merge", args=[merge.public_id]), follow=True)
    assert "separate customers again" in text_of(undone)
    assert "Merged into this customer" not in text_of(undone)
    assert "Merge undone" in text_of(undone)
    twice = ben.post(reverse("customer-undo-merge", args=[merge.public_id]), follow=True)
    assert "undone before" in text_of(twice)


def test_a_merge_below_another_says_what_to_undo_first(dana, ben):
    other, eli = make_customer("Dana P."), make_customer("Eli")
    merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)
    first = CustomerMerge.objects.get()
    merge_customers(actor=SYSTEM, kept=eli, merged=dana, at=AT)

    page = ben.post(reverse("customer-undo-merge", args=[first.public_id]), follow=True)

    assert "Undo that merge first" in text_of(page)
    assert "undo that one first" in text_of(page)
    assert CustomerMerge.objects.filter(undone_at=None).count() == 2


def test_denials_leave_no_trace(dana, chris):
    point, other = dana.contact_points.get(kind="email"), make_customer("Dana")
    merge = merge_customers(actor=SYSTEM, kept=dana, merged=make_customer("Old"), at=AT)
    before = AuditEntry.objects.count()
    attempts = [
        (url("edit", dana), {"name": "X"}),
        (url("add-address", dana), {"kind": "email", "value": "x@mail.example"}),
        (reverse("customer-remove-address", args=[point.pk]), {}),
        (reverse("customer-clear-bounce", args=[point.pk]), {}),
        (reverse("customer-set-proof", args=[point.pk]), {"proof": "channel_verified"}),
        (url("merge", dana), {"other": other.public_id}),
        (reverse("customer-undo-merge", args=[merge.public_id]), {}),
    ]

    for address, form in attempts:
        response = chris.post(address, form)
        assert response.status_code == 403, address
        assert "dana@mail.example" not in text_of(response)
    assert chris.get(url("same", dana)).status_code == 403
    assert chris.get(url("edit", dana)).status_code == 403

    dana.refresh_from_db()
    merge.refresh_from_db()
    assert (dana.name, dana.contact_points.count(), merge.undone_at) == ("Dana", 2, None)
    assert AuditEntry.objects.count() == before


def test_strangers_are_sent_to_the_log_in(dana, client):
    for address in (reverse("customers"), page_of(dana), url("panel", dana), url("same", dana)):
        response = client.get(address)
        assert response.status_code == 302
        assert response.url.startswith(reverse("account_login"))


def test_what_does_not_exist_is_not_found(dana, ben):
    assert ben.get(reverse("customer", args=["nobody"])).status_code == 404
    assert ben.get(reverse("customer-panel", args=["nobody"])).status_code == 404
    assert ben.post(reverse("customer-remove-address", args=[10**18])).status_code == 404
    assert ben.post(url("merge", dana), {"other": "nobody"}).status_code == 404
    assert ben.post(reverse("customer-undo-merge", args=["none"])).status_code == 404
    assert dana.contact_points.count() == 2


@pytest.mark.parametrize(("language", "words"), [("id", "Lini masa"), ("uk", "Хронологія")])
def test_pages_speak_the_language_of_the_agent(dana, ben, language, words):
    assert words in text_of(ben.get(page_of(dana), headers={"Accept-Language": language}))


def test_whatever_is_looked_for_gives_a_page(dana, ben):
    assert ben.get(reverse("customers"), {"q": "\0"}).status_code == 400
    for words in ("x" * 5000, "'; drop", "@", "+", "0" * 300, "\U0010ffff"):
        assert ben.get(reverse("customers"), {"q": words}).status_code == 200
        assert ben.get(url("same", dana), {"q": words, "with": "no such id"}).status_code == 200
