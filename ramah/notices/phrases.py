"""What variables say inside a customer's sentence, by language, where no fact says more. Kept beside the texts of the rules.

They are parts of sentences that merchants write in three languages at once, so they are data like those, not single messages.
"""

from collections.abc import Mapping
from typing import Final

Words = Mapping[str, str]

# By variable: what stands where nothing is known.
UNKNOWN: Final[Mapping[str, Words]] = {
    "carrier": {"en": "the carrier", "id": "kurir", "uk": "перевізник"},
    "reason": {"en": "a delay on the way", "id": "kendala di perjalanan", "uk": "затримка в дорозі"},
    "range": {"en": "in the next few days", "id": "dalam beberapa hari ke depan", "uk": "протягом найближчих днів"},
    "old_date": {"en": "the promised day", "id": "hari yang dijanjikan", "uk": "обіцяного дня"},
    "new_date": {"en": "the next few days", "id": "beberapa hari ke depan", "uk": "найближчих днів"},
    "pickup_place": {"en": "the pick-up point", "id": "titik pengambilan", "uk": "пункт видачі"},
    "until": {"en": "soon", "id": "segera", "uk": "найближчим часом"},
    "credit": {"en": "a credit", "id": "kredit belanja", "uk": "бонус на наступну покупку"},
    "product": {"en": "what you waited for", "id": "produk yang Anda tunggu", "uk": "товар, на який Ви чекали"},
    "price": {"en": "its present price", "id": "harga saat ini", "uk": "теперішню ціну"},
    "old_price": {"en": "its former price", "id": "harga sebelumnya", "uk": "попередню ціну"},
    "amount": {"en": "the amount", "id": "jumlahnya", "uk": "суму"},
}

# By the code that carriers give, as "because of ...".
REASONS: Final[Mapping[str, Words]] = {
    "address": {"en": "an unclear address", "id": "alamat yang kurang jelas", "uk": "нечітка адреса"},
    "away": {"en": "nobody being there", "id": "tidak ada penerima di tempat", "uk": "нікого не було на місці"},
    "closed": {"en": "the place being closed", "id": "tempat tujuan tutup", "uk": "за адресою було зачинено"},
    "contact": {
        "en": "a question of the carrier",
        "id": "kurir perlu menghubungi Anda",
        "uk": "перевізник має запитання",
    },
    "customs": {"en": "a check by customs", "id": "pemeriksaan bea cukai", "uk": "перевірка на митниці"},
    "damaged": {"en": "damage on the way", "id": "kerusakan di perjalanan", "uk": "пошкодження в дорозі"},
    "documents": {"en": "papers that are missing", "id": "dokumen yang kurang", "uk": "бракує документів"},
    "missorted": {"en": "a detour", "id": "paket salah rute", "uk": "посилка поїхала не туди"},
    "no_access": {"en": "no way in", "id": "kurir tidak dapat masuk", "uk": "кур’єр не зміг увійти"},
    "payment": {"en": "a payment that is open", "id": "pembayaran yang belum selesai", "uk": "незавершена оплата"},
    "refused": {"en": "the parcel being turned down", "id": "paket ditolak", "uk": "від посилки відмовилися"},
    "strike": {"en": "a strike", "id": "pemogokan", "uk": "страйк"},
    "unclaimed": {"en": "the parcel not being picked up", "id": "paket belum diambil", "uk": "посилку не забрали"},
    "weather": {"en": "the weather", "id": "cuaca", "uk": "погода"},
}

# From the first to the last day; one day where both are the same.
RANGE: Final[Words] = {"en": "between {} and {}", "id": "antara {} dan {}", "uk": "між {} та {}"}
ONE_DAY: Final[Words] = {"en": "on {}", "id": "pada {}", "uk": "{}"}
# As babel writes a day.
DAY: Final[Words] = {"en": "EEEE d MMMM", "id": "EEEE, d MMMM", "uk": "d MMMM"}
SHORT_DAY: Final[Words] = {"en": "d MMMM", "id": "d MMMM", "uk": "d MMMM"}
