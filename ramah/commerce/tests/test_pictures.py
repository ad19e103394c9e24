"""Pictures: what is let in, what becomes of it, and that nothing stays of what is refused."""

import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands import pictures as commands
from ramah.commerce.commands.pictures import (
    NoSuchPicture,
    TooManyPictures,
    add_picture,
    describe_picture,
    move_picture,
    remove_picture,
)
from ramah.commerce.pictures import MOST_BYTES, NotAPicture, drawn, key_of, widths_of
from ramah.commerce.queries.pictures import picture_content, picture_path
from ramah.commerce.testing import AT, make_product
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry


def image(width=1000, height=800, color=(51, 80, 122), kind="JPEG", mode="RGB", **options):
    stored = io.BytesIO()
    Image.new(mode, (width, height), color).save(stored, kind, **options)
    return stored.getvalue()


def png_that_says(width, height):
    """A PNG of a few bytes that claims to be so large: what it holds is never looked at."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def webp_that_says(width, height):
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"x" * (MOST_BYTES + 1), "The file is larger than 15 MB. Save it smaller and try again."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "That is no picture we can show."),
        (b"GIF89a but no more than that", "That is no picture we can show."),
        (image(kind="TIFF"), "That is no picture we can show."),
        (png_that_says(30_000, 30_000), "The picture has more than 40 megapixels."),
        (png_that_says(8_000, 6_000), "The picture has more than 40 megapixels."),
        (webp_that_says(16_000, 16_000), "The picture has more than 40 megapixels."),
        (png_that_says(700, 100), "The picture is too long and narrow"),
        (image()[:2000], "The picture is damaged or cut off."),
        (png_that_says(300, 200), "The picture is damaged or cut off."),
    ],
)
def test_what_is_refused_says_why(content, says):
    with pytest.raises(NotAPicture) as refused:
        drawn(content)

    assert str(refused.value.says).startswith(says)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_each_kind_becomes_webp_in_widths_up_to_its_own(kind):
    picture = drawn(image(1000, 800, kind=kind))

    assert (picture.width, picture.height, list(picture.files)) == (1000, 800, [320, 640, 1000])
    for width, content in picture.files.items():
        shown = Image.open(io.BytesIO(content))
        assert (shown.format, shown.size) == ("WEBP", (width, round(width * 0.8)))


@pytest.mark.parametrize(
    ("width", "widths"),
    [(1, [1]), (200, [200]), (320, [320]), (640, [320, 640]), (700, [320, 700]), (4000, [320, 640, 960, 1440])],
)
def test_nothing_is_ever_enlarged(width, widths):
    assert widths_of(width) == widths


def test_it_stands_upright_and_says_nothing_of_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "at home"
    picture = drawn(image(1000, 500, exif=exif))

    assert (picture.width, picture.height) == (500, 1000)
    for content in picture.files.values():
        assert b"EXIF" not in content
        assert b"at home" not in content


def test_transparency_stays_and_a_moving_picture_shows_its_first_moment():
    clear = Image.open(io.BytesIO(drawn(image(400, 400, (0, 0, 0, 0), "PNG", "RGBA")).files[400]))
    assert clear.convert("RGBA").getpixel((200, 200))[3] == 0
    stored = io.BytesIO()
    red, blue = (Image.new("RGB", (400, 400), color) for color in ((255, 0, 0), (0, 0, 255)))
    red.save(stored, "GIF", save_all=True, append_images=[blue])

    first = Image.open(io.BytesIO(drawn(stored.getvalue()).files[400]))

    assert getattr(first, "n_frames", 1) == 1
    assert first.convert("RGB").getpixel((200, 200))[0] > 240


@pytest.mark.django_db
def test_who_may_not_manage_the_catalog_stores_nothing():
    product, content = make_product(), image()

    with pytest.raises(PermissionDenied):
        add_picture(actor=actor_of_agent(make_agent(name="Ben")), product=product, content=content, at=AT)

    product.refresh_from_db()
    assert product.pictures == []
    assert picture_content(key_of(content), 320) is None


@pytest.mark.django_db
def test_a_refused_picture_stores_nothing(monkeypatch):
    product = make_product()
    monkeypatch.setattr(commands.default_storage, "save", lambda *args: pytest.fail("stored"))

    with pytest.raises(NotAPicture):
        add_picture(actor=SYSTEM, product=product, content=png_that_says(30_000, 30_000), at=AT)

    product.refresh_from_db()
    assert product.pictures == []
    assert not AuditEntry.objects.filter(action="product.add_picture").exists()


@pytest.mark.django_db
def test_a_picture_is_added_described_moved_and_removed(django_capture_on_commit_callbacks):
    product = make_product()
    first, second = image(color=(1, 2, 3)), image(color=(200, 100, 3))
    keys = [
        add_picture(actor=SYSTEM, product=product, content=content, alt={"en": " Front ", "id": ""}, at=AT)
        for content in (first, second)
    ]
    assert keys == [key_of(first), key_of(second)]
    assert product.pictures[0] == {
        "key": keys[0],
        "width": 1000,
        "height": 800,
        "widths": [320, 640, 1000],
        "alt": {"en": "Front"},
        "option": "",
    }

    move_picture(actor=SYSTEM, product=product, key=keys[1], to=0, at=AT)
    describe_picture(actor=SYSTEM, product=product, key=keys[1], alt={"uk": "Спинка"}, option="Indigo", at=AT)

    product.refresh_from_db()
    assert [one["key"] for one in product.pictures] == [keys[1], keys[0]]
    assert (product.pictures[0]["alt"], product.pictures[0]["option"]) == ({"uk": "Спинка"}, "Indigo")
    assert picture_content(keys[0], 320)[:4] == b"RIFF"

    with django_capture_on_commit_callbacks(execute=True):
        remove_picture(actor=SYSTEM, product=product, key=keys[0], at=AT)

    product.refresh_from_db()
    assert [one["key"] for one in product.pictures] == [keys[1]]
    assert [picture_content(keys[0], width) for width in (320, 640, 1000)] == [None, None, None]
    assert picture_content(keys[1], 320) is not None
    with pytest.raises(NoSuchPicture):
        remove_picture(actor=SYSTEM, product=product, key=keys[0], at=AT)
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "product.add_picture",
        "product.add_picture",
        "product.move_picture",
        "product.describe_picture",
        "product.remove_picture",
    ]


@pytest.mark.django_db
def test_the_same_picture_of_two_products_is_stored_once_and_goes_with_the_last(django_capture_on_commit_callbacks):
    products, content = [make_product(), make_product()], image(color=(9, 9, 9))
    key = key_of(content)
    for product in products:
        with django_capture_on_commit_callbacks(execute=True):
            add_picture(actor=SYSTEM, product=product, content=content, at=AT)
    stored = [name for name in default_storage.listdir("pictures")[1] if name.startswith(key)]
    assert sorted(stored) == [f"{key}-1000.webp", f"{key}-320.webp", f"{key}-640.webp"]

    with django_capture_on_commit_callbacks(execute=True):
        remove_picture(actor=SYSTEM, product=products[0], key=key, at=AT)
    assert picture_content(key, 640) is not None

    with django_capture_on_commit_callbacks(execute=True):
        remove_picture(actor=SYSTEM, product=products[1], key=key, at=AT)
    assert picture_content(key, 640) is None


@pytest.mark.django_db
def test_a_picture_that_another_product_gets_while_it_goes_is_put_back(django_capture_on_commit_callbacks, monkeypatch):
    product, content = make_product(), image(color=(7, 7, 7))
    key = add_picture(actor=SYSTEM, product=product, content=content, at=AT)
    answers = iter([False, True])
    monkeypatch.setattr(commands, "is_picture_used", lambda _key: next(answers))

    with django_capture_on_commit_callbacks(execute=True):
        remove_picture(actor=SYSTEM, product=product, key=key, at=AT)

    assert picture_content(key, 640)[:4] == b"RIFF"


@pytest.mark.django_db
def test_the_same_picture_twice_is_once_and_there_are_twelve_at_most():
    product = make_product()
    contents = [image(40, 40, (number, 0, 0), "PNG") for number in range(13)]
    for content in (*contents[:12], contents[0]):
        add_picture(actor=SYSTEM, product=product, content=content, at=AT)

    with pytest.raises(TooManyPictures):
        add_picture(actor=SYSTEM, product=product, content=contents[12], at=AT)

    product.refresh_from_db()
    assert [one["key"] for one in product.pictures] == [key_of(content) for content in contents[:12]]


@pytest.mark.django_db
def test_a_file_that_was_cut_off_is_written_anew():
    from django.core.files.base import ContentFile

    content = image(color=(5, 6, 7))
    default_storage.save(picture_path(key_of(content), 320), ContentFile(b"RI"))

    key = add_picture(actor=SYSTEM, product=make_product(), content=content, at=AT)

    assert picture_content(key, 320) == drawn(content).files[320]
