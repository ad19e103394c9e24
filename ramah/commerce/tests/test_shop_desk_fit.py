"""What the merchant's pages must not do: scroll below their own end, or name things in a language that is not the page's."""

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.commands.category_tree import CategoryTold, create_category
from ramah.commerce.commands.selling import change_shop
from ramah.commerce.testing import AT, make_product
from ramah.kernel.actors import SYSTEM


@pytest.fixture
def lia():
    return client_of(make_agent(name="Lia", role="lead"))


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("id", "Busana / Kemeja"), ("uk", "Fashion / Shirts")])
def test_categories_to_choose_from_are_called_as_the_page_speaks(lia, language, words):
    fashion = create_category(actor=SYSTEM, told=CategoryTold({"en": "Fashion", "id": "Busana"}), at=AT)
    create_category(actor=SYSTEM, told=CategoryTold({"en": "Shirts", "id": "Kemeja"}, parent=fashion), at=AT)
    address = reverse("shop-product", args=[make_product().public_id])

    assert words in lia.get(address, headers={"accept-language": language}).content.decode()
    assert words in lia.get(reverse("shop-products"), headers={"accept-language": language}).content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_window_does_not_scroll_below_a_long_page(open_page, live_server, lia, width):
    change_shop(actor=SYSTEM, told={"countries": {"ID": "IDR"}, "payment_methods": ["cod"]}, at=AT)
    seen = open_page(live_server.url + reverse("shop-profile"), width=width, client=lia)

    assert seen.page.evaluate("document.querySelector('main .body').scrollHeight") > 1000
    assert seen.page.evaluate("scrollTo(0, 5000), scrollY") == 0
