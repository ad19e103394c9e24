"""The merchant's pages of attributes, pictures, links, categories, size guides and files of products."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.models import (
    Category,
    Product,
    ProductLink,
    SizeGuide,
    Variant,
)
from ramah.commerce.testing import make_product
from ramah.commerce.tests.merchants import ben, lia, shop, text_of
from ramah.kernel.models import AuditEntry

__all__ = ["ben", "lia", "shop"]
pytestmark = pytest.mark.django_db


def test_attributes_are_edited_row_by_row(lia):
    product = make_product()
    url = reverse("shop-facts", args=[product.public_id])

    wrong = lia.post(url, {"name_0_en": "Fabric", "name_1_en": "A:B", "value_1_en": "x"})
    right = lia.post(url, {"name_0_en": "Fabric", "value_0_en": "Linen", "name_0_uk": "Тканина", "value_0_uk": "Льон"})

    assert (wrong.status_code, sorted(wrong.context["form"].errors)) == (422, ["name_1_en", "value_0_en"])
    assert right.status_code == 302
    assert Product.objects.get().attributes == [
        {"name": {"en": "Fabric", "uk": "Тканина"}, "value": {"en": "Linen", "uk": "Льон"}}
    ]


def picture(color="red", name="shirt.png"):
    content = io.BytesIO()
    Image.new("RGB", (400, 400), color).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def test_pictures_are_added_described_moved_and_removed(lia):
    product = make_product()
    url, change = (reverse(name, args=[product.public_id]) for name in ("shop-pictures", "shop-picture"))

    added = lia.post(url, {"pictures": [picture("red"), picture("blue")]})
    first, second = (one["key"] for one in Product.objects.get().pictures)
    lia.post(change, {"key": second, "do": "up"})
    told = {"key": first, "do": "describe", f"{first[:8]}-alt_en": "Red shirt", f"{first[:8]}-option": "Indigo"}
    lia.post(change, told)
    page = text_of(lia.get(url))
    lia.post(change, {"key": second, "do": "remove"})
    gone = lia.post(change, {"key": second, "do": "remove"}, follow=True)

    assert added.status_code == 302
    assert "Red shirt" in page
    (left,) = Product.objects.get().pictures
    assert (left["key"], left["alt"], left["option"]) == (first, {"en": "Red shirt"}, "Indigo")
    assert "no longer there" in text_of(gone)


def test_what_is_no_picture_is_refused_by_its_name(lia):
    product = make_product()
    url = reverse("shop-pictures", args=[product.public_id])

    response = lia.post(url, {"pictures": [SimpleUploadedFile("evil<b>.png", b"<svg onload=alert(1)>")]})
    empty = lia.post(url, {})

    assert (response.status_code, empty.status_code) == (422, 422)
    assert "evil&lt;b&gt;.png" in text_of(response)
    assert Product.objects.get().pictures == []


def test_links_are_found_chosen_ordered_and_dropped(lia):
    product, hat, bag = make_product("Shirt"), make_product("Hat"), make_product("Bag")
    url = reverse("shop-links", args=[product.public_id])

    found = lia.get(url, {"kind": "goes_with", "q": hat.variants.get().sku})
    assert found.context["found"] == [hat]
    for other in (hat, bag, hat, product):
        lia.post(url, {"do": "choose", "kind": "goes_with", "other": other.public_id})
    lia.post(url, {"do": "choose", "kind": "goes_with", "other": "nothing"})
    lia.post(url, {"do": "choose", "kind": "worse", "other": bag.public_id})

    links = ProductLink.objects.filter(product=product, is_chosen=True)
    assert list(links.order_by("rank").values_list("other__titles__en", flat=True)) == ["Hat", "Bag"]
    lia.post(url, {"do": "up", "link": links.get(other=bag).pk})
    assert list(links.order_by("rank").values_list("other__titles__en", flat=True)) == ["Bag", "Hat"]
    lia.post(url, {"do": "drop", "link": links.get(other=hat).pk})
    lia.post(url, {"do": "drop", "link": "1e9"})

    assert [link.other for link in links] == [bag]


def test_categories_are_made_moved_and_deleted(lia):
    lia.post(reverse("shop-category-new"), {"name_en": "Fashion", "is_listed": "on"})
    fashion = Category.objects.get()
    lia.post(reverse("shop-category-new"), {"name_en": "Shirts", "parent": fashion.public_id, "slug": "Tops!"})
    shirts = Category.objects.get(path="fashion/tops")

    page = text_of(lia.get(reverse("shop-categories")))
    cycle = lia.post(
        reverse("shop-category", args=[fashion.public_id]), {"name_en": "Fashion", "parent": shirts.public_id}
    )
    taken = lia.post(reverse("shop-category-new"), {"name_en": "Fashion"})
    full = lia.post(reverse("shop-category-delete", args=[fashion.public_id]), follow=True)
    lia.post(reverse("shop-category-delete", args=[shirts.public_id]))

    assert "/fashion/tops" in page
    assert (cycle.status_code, list(cycle.context["form"].errors)) == (422, ["parent"])
    assert (taken.status_code, list(taken.context["form"].errors)) == (422, ["slug"])
    assert "nothing was deleted" in text_of(full)
    assert [row.path for row in Category.objects.all()] == ["fashion"]
    assert not shirts.is_listed


def test_size_guides_are_written_as_lines(lia):
    told = {"name": "Shirts", "measures_en": "Chest, cm; Length, cm", "sizes": "S; 92; 70\nM\t98\t72"}
    wrong = lia.post(reverse("shop-size-guide-new"), {**told, "measures_uk": "Груди, см", "sizes": "S;1;2;3"})
    lia.post(reverse("shop-size-guide-new"), told)
    taken = lia.post(reverse("shop-size-guide-new"), told)

    guide = SizeGuide.objects.get()
    assert (wrong.status_code, sorted(wrong.context["form"].errors)) == (422, ["measures_uk", "sizes"])
    assert list(taken.context["form"].errors) == ["name"]
    assert guide.columns == [{"en": "Chest, cm"}, {"en": "Length, cm"}]
    assert guide.rows == [["S", "92", "70"], ["M", "98", "72"]]
    form = lia.get(reverse("shop-size-guide", args=[guide.public_id])).context["form"]
    assert (form["measures_en"].value(), form["sizes"].value()) == ("Chest, cm; Length, cm", "S; 92; 70\nM; 98; 72")
    lia.post(reverse("shop-size-guide-delete", args=[guide.public_id]))
    assert not SizeGuide.objects.exists()


CSV = "product_id,title,sku,price,stock\nP1,Shirt,P1-S,389000,4\nP2,Hat,,1,1\n"


def upload(client, content=CSV, **told):
    file = SimpleUploadedFile("catalog.csv", content.encode() if isinstance(content, str) else content)
    return client.post(reverse("shop-import"), {"file": file, "currency": "IDR", "keep_stock": "on", **told})


def test_a_file_is_looked_at_before_anything_is_stored(lia):
    preview = upload(lia)

    assert preview.status_code == 200
    assert not Product.objects.exists()
    page = text_of(preview)
    assert "Import 1 product" in page
    assert "it is empty" in page
    told = {"token": preview.context["token"], "currency": "IDR", "keep_stock": "1"}
    done = lia.post(reverse("shop-import-apply"), told)
    twice = lia.post(reverse("shop-import-apply"), told, follow=True)

    assert "1 product is imported" in text_of(done)
    assert "no longer here" in text_of(twice)
    assert (Product.objects.get().external_id, Variant.objects.get().stock) == ("P1", 4)
    assert AuditEntry.objects.filter(action="product.import").count() == 1


def test_a_file_of_somebody_else_or_a_made_up_token_imports_nothing(lia):
    token = upload(lia).context["token"]
    ada = client_of(make_agent(name="Ada", role="owner"))

    for client, told in (
        (ada, {"token": token, "currency": "IDR"}),
        (lia, {"token": "../../etc/passwd:x:y", "currency": "IDR"}),
        (lia, {"token": "", "currency": "IDR"}),
        (lia, {"token": token, "currency": "XXX"}),
    ):
        assert client.post(reverse("shop-import-apply"), told).status_code == 302

    assert not Product.objects.exists()


@pytest.mark.parametrize("content", [b"", b"x" * (5 * 1024 * 1024 + 1)], ids=["empty", "too large"])
def test_empty_and_huge_files_are_refused(lia, content):
    response = upload(lia, content)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["file"]


def test_a_spreadsheet_that_is_no_csv_says_so(lia):
    page = text_of(upload(lia, b"PK\x03\x04" + b"\0" * 50))

    assert "save the sheet as CSV" in page
    assert "There is nothing to import" in page


def test_the_export_reads_back_as_it_is(lia):
    make_product("=cmd|' /C calc'!A0")

    response = lia.get(reverse("shop-export"))
    content = b"".join(response.streaming_content)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="products-')
    assert b"'=cmd|" in content
    assert b",=cmd" not in content
    preview = upload(lia, content)
    assert preview.context["report"].failed == 0
    assert preview.context["report"].updated == 1
