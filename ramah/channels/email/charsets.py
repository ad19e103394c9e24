"""Turning bytes into text, whatever the mail says about its charset, or does not say."""

import codecs
import re
from encodings.aliases import aliases
from functools import lru_cache


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Only codecs that are charsets: Python also has `zlib`, `idna` and the like, and loads a module for every unknown name.
_CHARSETS = _names(
    """
    ascii utf_8 utf_7 utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be big5 big5hkscs cp949 euc_kr johab
    euc_jp euc_jis_2004 shift_jis shift_jis_2004 cp932 iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004
    iso2022_jp_3 iso2022_jp_ext iso2022_kr gb2312 gbk gb18030 hz koi8_r koi8_u koi8_t kz1048 ptcp154 latin_1
    iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10 iso8859_11
    iso8859_13 iso8859_14 iso8859_15 iso8859_16 tis_620 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257
    cp1258 cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp862 cp864 cp866 cp874 cp1125 mac_cyrillic
    mac_greek mac_iceland mac_latin2 mac_roman mac_turkish
    """
)
# What mail programs mean when they say something else: https://encoding.spec.whatwg.org/#names-and-labels
_MEANT = {
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
_OTHER_NAMES = {
    "x_sjis": "cp932",
    "ks_c_5601": "cp949",
    "windows_874": "cp874",
    "windows_949": "cp949",
    "windows_31j": "cp932",
    "x_euc_jp": "euc_jp",
    "x_gbk": "gb18030",
    "x_mac_cyrillic": "mac_cyrillic",
    "koi8": "koi8_r",
    "koi8_ru": "koi8_u",
    "unicode_1_1_utf_7": "utf_7",
    "unicode": "utf_16",
    "iso_8859_8_i": "iso8859_8",
    "utf8mb4": "utf_8",
    "ansi": "cp1252",
}
_NAMES = {
    **{alias: name for alias, name in aliases.items() if name in _CHARSETS},
    **{name: name for name in _CHARSETS},
    **_OTHER_NAMES,
}
_WITHOUT_ASCII = frozenset({"utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "utf_7", "hz"})
_WESTERN = frozenset({"cp1252", "cp1254", "cp1250", "iso8859_15", "iso8859_2", "mac_roman"})

_SAMPLE = 4096
_CYRILLIC = ("cp1251", "koi8_u", "cp866", "iso8859_5", "mac_cyrillic")
_USUAL = frozenset("оаеиинітсрвлкмдпуязьбгчйхжшюцщєїґыэё")
_MOST_USUAL = frozenset("оаеиінтсрв")
_HIGH = bytes(range(128, 256))
_LATIN_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ODD_CASE = re.compile("[а-яіїєґё][А-ЯІЇЄҐЁ]")
_GUESSABLE = _names(
    """
    cp1252 cp1250 cp1254 cp1257 cp1253 cp1255 cp1256 cp1258 cp874 cp1251 koi8_u gb18030 big5 euc_kr cp949
    shift_jis cp932 euc_jp
    """
)
_BOMS = (
    (codecs.BOM_UTF8, "utf_8_sig"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str:
    """The codec that mail of this charset name is read with; "" if the name is not one of a charset."""
    name = re.sub(r"[^a-z0-9]+", "_", charset[:60].lower()).strip("_")
    name = re.sub(r"^(?:x_)?(?:cp|windows|win|ms|microsoft|x_cp)_?(\d+)$", r"cp\1", name)
    codec = _NAMES.get(name) or _NAMES.get(re.sub(r"_(?:19\d\d|20\d\d)$", "", name), "")
    return _MEANT.get(codec, codec)


def decode(content: bytes, charset: str = "") -> str:
    """Read bytes as text. What they are outweighs what `charset` claims; what cannot be read is replaced, never lost."""
    codec = codec_of(charset) if charset else ""
    if b"\0" in content and not codec.startswith(("utf_16", "utf_32")):
        codec = _utf16_of(content[:_SAMPLE]) or codec
    elif content.isascii() and codec not in _WITHOUT_ASCII and b"\x1b" not in content:
        return content.decode("ascii")
    for bom, bom_codec in _BOMS:
        if content.startswith(bom):
            return content.decode(bom_codec, "replace").lstrip("\ufeff")
    return _decode_claimed(content, codec)


def _decode_claimed(content: bytes, codec: str) -> str:
    text = None if codec in _WITHOUT_ASCII else _as_utf8(content)
    if text is not None:
        return text
    if not codec or (codec in _WESTERN and _is_hardly_western(content)) or b"\x1b$" in content[:_SAMPLE]:
        codec = codec if codec.startswith("iso2022") else guess(content)
    text = content.decode(codec, "replace")
    bad = text.count("\ufffd")
    # A few bad bytes in a long text are bad bytes; many are another charset.
    if bad and bad * 3 > len(text) - len(text.encode("ascii", "ignore")) - bad:
        text = content.decode(guess(content), "replace")
    return text


def _utf16_of(sample: bytes) -> str:
    # Without a byte order mark: every second byte is 0 (Latin) or 4 (Cyrillic).
    for codec, halves in (("utf_16_le", sample[1::2]), ("utf_16_be", sample[::2])):
        if (halves.count(0) + halves.count(4)) * 5 > len(halves) * 4:
            return codec
    return ""


def _as_utf8(content: bytes) -> str | None:
    # Text of another charset is hardly ever valid UTF-8.
    if b"\x1b$" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_hardly_western(content: bytes) -> bool:
    sample = content[:_SAMPLE]
    high = len(sample) - len(sample.translate(None, _HIGH))
    return high > 5 and high > len(sample) - len(sample.translate(None, _LATIN_LETTERS))


def guess(content: bytes) -> str:
    """The codec that bytes without a (right) charset most likely are written in."""
    sample = content[:_SAMPLE]
    if b"\x1b$" in sample or b"\x1b(" in sample:
        return "iso2022_jp_ext"
    if not _is_hardly_western(sample):
        return _guess_other(sample)
    scores = {codec: _cyrillic_score(sample, codec) for codec in _CYRILLIC}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] > 0.6 else _guess_other(sample)


def _cyrillic_score(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "replace")
    high = [char for char in text if char > "\x7f"]
    usual = sum(1 for char in high if char.lower() in _USUAL)
    lower = sum(1 for char in high if char in _USUAL)
    if len(high) > 12 and sum(1 for char in high if char.lower() in _MOST_USUAL) * 5 < len(high) * 2:
        return 0.0  # Greek or Hebrew: all letters, but not the ones that words are made of
    return (usual + lower - 4 * len(_ODD_CASE.findall(text))) / (2 * len(high) or 1)


def _guess_other(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # 30 ms and rarely needed

    best = from_bytes(sample, cp_isolation=list(_GUESSABLE), preemptive_behaviour=False).best()
    return best.encoding if best and best.encoding != "ascii" else "cp1252"
