"""Whether somebody asks where their parcel is (WISMO), by what they write: English, Indonesian, Ukrainian. Pure.

A count of these is compared over weeks, so what matters is that it is counted alike; a few in the wrong place do no harm.
"""

import re
import unicodedata
from typing import Final

_MOST: Final = 2000
_ASKS: Final = re.compile(
    r"""
    \bwhere(\s+is|\s*['’]?s|\s+are)\b | \bwh?ismo\b | \bwhen\s+(will|does|do|is|can)\b.{0,40}\b(arriv|com|deliver|ship|get)
    | \b(not|never|hasn['’]?t|haven['’]?t|still)\b.{0,30}\b(arriv|receiv|deliver|com(e|ing)|here|got)
    | \btrack(ing)?\b | \bhow\s+long\b.{0,40}\b(take|until|deliver|ship|arriv)
    | \b(delayed|overdue|late)\b
    | \b(di\s?mana|dimana|kapan|sampai\s+mana|lacak|resi)\b | \bbelum\s+(sampai|tiba|datang|(saya\s+)?terima|dikirim|di\s?terima)
    | \bkok\s+(lama|belum)\b | \b(posisi|status)\s+(paket|pesanan|barang|order)
    | \bде\s+(моя|моє|мій|моя|зараз|посилка|замовлення|товар) | \bколи\b.{0,40}(прибуд|прийд|буде|достав|отрим|привез|надійд)
    | (не|ще\s+не)\s+(прийш|прибу|отрим|достав|надійш|привез)
    | відстеж | \bттн\b | \bтрек\b | (затриму|запізню)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def asks_where(text: str) -> bool:
    """Whether the text (subject and words) asks where a parcel is or when it comes."""
    return _ASKS.search(unicodedata.normalize("NFKC", text[:_MOST])) is not None
