# ruff: noqa: E501 - tables of words read best unbroken
"""What buyers of the demo shop have written. Invented."""

REVIEWS = {
    "en": {
        "good": (
            "Exactly as in the picture, and it came a day early.",
            "Good cloth, clean seams. I ordered a second one.",
            "Well packed, smells of nothing, works as it should.",
            "A present for my sister; she asked where I had found it.",
            "Third order here, never a surprise.",
        ),
        "fair": (
            "Nice, but smaller than I thought. Look at the measures.",
            "The color is a little darker than on my screen. Keeping it.",
            "Fine, though the parcel took its time.",
        ),
    },
    "id": {
        "good": (
            "Adem banget buat Jakarta. Warnanya persis seperti di foto, jahitannya rapi.",
            "Barang sesuai deskripsi, kemasan aman, kurirnya ramah.",
            "Sudah dicuci lima kali, tetap bagus.",
            "Ibu saya suka sekali. Terima kasih.",
            "Pesan siang, besoknya sudah sampai.",
        ),
        "fair": (
            "Bagus, tapi lebih kecil dari perkiraan. Cek tabel ukurannya.",
            "Warnanya agak lebih gelap dari foto, tapi masih oke.",
            "Barangnya baik, pengirimannya agak lama.",
        ),
    },
    "uk": {
        "good": (
            "Чоловік носить щодня. Обмін розміру зайняв чотири дні, без жодного дзвінка.",
            "Точно як на фото, шви рівні, приємна на дотик.",
            "Прийшло на день раніше, упаковано дбайливо.",
            "Брала на подарунок, усі в захваті.",
            "Замовляю втретє, якість не змінюється.",
        ),
        "fair": (
            "Гарна річ, але маломірить. Дивіться таблицю розмірів.",
            "Колір трохи темніший, ніж на екрані, але залишила.",
            "Усе добре, тільки доставка була довгою.",
        ),
    },
}

# language, question, answer
QUESTIONS = (
    ("id", "Apakah bisa dikirim sebelum Jumat ke Depok?", "Bisa, bila dipesan sebelum pukul 15.00 hari Rabu. Tanggalnya tertera di halaman ini."),
    ("id", "Bisa dibungkus sebagai kado?", "Bisa, tulis di catatan pesanan. Gratis."),
    ("uk", "Чи є можливість обміняти, якщо не підійде?", "Так, протягом 30 днів, етикетка безкоштовна."),
    ("uk", "Звідки надсилаєте в Україну?", "Зі складу в Києві, тому посилка їде від одного до трьох днів."),
    ("en", "Is the color the same in daylight?", "Yes; the pictures are taken by a window, without a lamp."),
    ("en", "Will it be restocked?", "Most things come back within six weeks. Leave your address and you hear of it first."),
)  # fmt: skip
