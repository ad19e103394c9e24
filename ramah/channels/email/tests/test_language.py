"""Languages of short sentences, as customers write them."""

import pytest

from ramah.channels.email.language import detect

SENTENCES = {
    "en": "Where is my order?|My parcel has not arrived yet.|I want a refund|Please cancel my order|thank you so "
    "much|refund please"
    "|Do you ship to Kyiv?|What sizes do you have?|Wrong size|damaged item received|Hi, how much is shipping to "
    "Jakarta?",
    "id": "Di mana pesanan saya?|Paket saya belum sampai|Saya mau refund dong|Tolong batalkan pesanan saya|Kapan "
    "dikirim ya?"
    "|Kak, bajunya kekecilan, bisa tukar?|barang nya rusak min|Terima kasih banyak|Berapa ongkirnya ke Surabaya?"
    "|gimana cara retur barang?|uang saya kapan dikembalikan?|Paket kok belum dateng|PESANAN SAYA BELUM SAMPAI"
    "|halo kak",
    "uk": "Де моє замовлення?|Посилка ще не прийшла|Хочу повернути гроші|Скасуйте, будь ласка, замовлення|Коли "
    "відправите?"
    "|товар прийшов зламаний|Дякую|Добрий день|Чи є розмір М?|Я чекаю вже тиждень|Не працює сайт|досі чекаю"
    "|Куди подівся мій пакунок?|Футболка замала, чи можна обміняти?",
    "ru": "Где мой заказ?|Посылка ещё не пришла|Хочу вернуть деньги|Отмените, пожалуйста, заказ|Когда отправите?"
    "|Спасибо"
    "|товар пришел сломанный|Сколько стоит доставка?|Добрый день, где товар|верните деньги|Не работает сайт|до "
    "сих пор жду",
    "ms": "Pesanan saya bila nak sampai?|Macam mana nak pulangkan barang?|Boleh saya tukar saiz?|Berapa kos "
    "penghantaran ke Johor?"
    "|Barang rosak, saya nak bayaran balik|Saya tak dapat lagi bungkusan saya|Tolong hantar semula barang saya",
    "de": "Wo ist meine Bestellung?|Ich möchte eine Rückerstattung|Das Paket ist nicht angekommen",
    "fr": "Où est ma commande ?|Je veux un remboursement",
    "es": "¿Dónde está mi pedido?|Quiero devolver el producto",
    "pl": "Gdzie jest moja paczka?",
    "tr": "Siparişim nerede?",
    "vi": "Đơn hàng của tôi đâu?",
    "ja": "注文した商品が届きません",
    "zh": "我的订单在哪里？",
    "ko": "제 주문은 어디에 있나요?",
    "th": "สินค้ายังไม่มาถึง",
    "ar": "أين طلبي؟",
    "bg": "Къде е моята поръчка?",
    "sr": "Где је моја поруџбина?",
}


@pytest.mark.parametrize(
    ("language", "sentence"), [(tag, s) for tag, many in SENTENCES.items() for s in many.split("|")]
)
def test_short_sentences(language, sentence):
    assert detect(sentence) == language


@pytest.mark.parametrize(
    "text", ["", "ok", "12345", "?", "ORD-2025-001", "https://example.com/order/where", "dana@example.com", "\n\n"]
)
def test_too_little_to_say(text):
    assert detect(text) == ""


def test_only_the_beginning_is_read():
    assert detect("Де моє замовлення? " * 100_000) == "uk"
