"""Pictures of products, from the bytes somebody uploads to the widths a page offers. Pure: no models, no storage.

What comes in is believed in nothing: the type is told by the bytes, the measures are read and judged before a pixel is decoded,
and what goes out is drawn anew, so that neither metadata nor anything hidden in the file stays.
"""

import hashlib
import io
import struct
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps

MOST_BYTES: Final = 15 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
# Beyond this a picture is a ribbon, which no page shows and WebP cannot hold.
MOST_ELONGATED: Final = 6
WIDTHS: Final = (320, 640, 960, 1440)
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_QUALITY = 80
_KEY_LENGTH = 32


class NotAPicture(Exception):
    """The bytes cannot become a picture of a product; the text says why, to whoever uploads."""

    def __init__(self, says: str | LazyString) -> None:
        super().__init__(says)
        self.says = says


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture ready to be stored: its key, its measures as it is shown, and a WebP for each width."""

    key: str
    width: int
    height: int
    files: dict[int, bytes]


def key_of(content: bytes) -> str:
    """The name of a picture: of the same bytes the same."""
    return hashlib.sha256(content).hexdigest()[:_KEY_LENGTH]


def drawn(content: bytes) -> Drawn:
    """The picture in `content`, upright, in sRGB, without metadata, in each width up to its own. Raises `NotAPicture`."""
    image = _opened(content)
    try:
        image = _upright(image)
        image = _in_srgb(image)
    except MemoryError:
        raise
    except Exception as error:  # decoders fail in a dozen ways at what is cut off or made up
        raise NotAPicture(_("The picture is damaged or cut off. Save it anew and try again.")) from error
    widths = widths_of(image.width)
    files = {width: _webp(image, width) for width in widths}
    return Drawn(key_of(content), widths[-1], _height(image, widths[-1]), files)


def widths_of(width: int) -> list[int]:
    """In which widths a picture so wide is kept, its own (at most the largest) last: nothing is ever enlarged."""
    top = min(width, WIDTHS[-1])
    # A step just below the top would save nobody anything.
    return [step for step in WIDTHS if step * 1.15 < top] + [top]


def _opened(content: bytes) -> Image.Image:
    """The picture with its measures read and nothing decoded."""
    if not content:
        raise NotAPicture(_("The file is empty."))
    if len(content) > MOST_BYTES:
        raise NotAPicture(_("The file is larger than 15 MB. Save it smaller and try again."))
    # Pillow makes room for a whole WebP when it opens one, so that one's measures are read here.
    _judge_measures(*_webp_measures(content))
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPicture(_too_many_pixels()) from error
    except MemoryError:
        raise
    except Exception as error:
        raise NotAPicture(_("That is no picture we can show. JPEG, PNG, WebP, GIF or AVIF, please.")) from error
    _judge_measures(*image.size)
    return image


def _judge_measures(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise NotAPicture(_too_many_pixels())
    if max(width, height) > MOST_ELONGATED * max(min(width, height), 1):
        raise NotAPicture(_("The picture is too long and narrow: one side is more than six times the other."))


def _too_many_pixels() -> LazyString:
    return _("The picture has more than 40 megapixels. Save it smaller and try again.")


def _webp_measures(content: bytes) -> tuple[int, int]:
    """Width and height by the header of a WebP; a square of one where it is none."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return 1, 1
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", content[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _upright(image: Image.Image) -> Image.Image:
    # A JPEG is decoded no larger than it will be used: a quarter of the memory for a photo of 40 megapixels.
    image.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
    image.load()
    return ImageOps.exif_transpose(image)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colors as every screen shows them, transparency kept, 8 bits a channel."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        image = image.point(lambda value: value / 256).convert("L")
    is_clear = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    if profile and image.mode in {"RGB", "CMYK"} and not is_clear:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken profile: the colors as they are
        if converted is not None:
            return converted
    return image.convert("RGBA" if is_clear else "RGB")


def _height(image: Image.Image, width: int) -> int:
    return max(1, round(image.height * width / image.width))


def _webp(image: Image.Image, width: int) -> bytes:
    small = image.resize((width, _height(image, width)), Image.Resampling.LANCZOS)
    small.info = {}
    stored = io.BytesIO()
    small.save(stored, "WEBP", quality=_QUALITY, method=4)
    return stored.getvalue()
