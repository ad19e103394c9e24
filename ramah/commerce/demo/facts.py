# ruff: noqa: E501 - tables of words read best unbroken
"""What is to be known of the demo's goods beside title and price: what they are made of, how they measure, what they weigh."""

NAMES = {
    "fabric": {"en": "Fabric", "id": "Bahan", "uk": "Тканина"},
    "material": {"en": "Material", "id": "Bahan", "uk": "Матеріал"},
    "fit": {"en": "Fit", "id": "Potongan", "uk": "Крій"},
    "size": {"en": "Measures", "id": "Ukuran", "uk": "Розміри"},
    "care": {"en": "Care", "id": "Perawatan", "uk": "Догляд"},
    "origin": {"en": "Made in", "id": "Dibuat di", "uk": "Виготовлено"},
    "taste": {"en": "Taste", "id": "Rasa", "uk": "Смак"},
    "keeps": {"en": "Keeps", "id": "Tahan simpan", "uk": "Зберігати"},
}
_COLD = ("30 °C, dry in the shade", "30 °C, keringkan di tempat teduh", "30 °C, сушити в затінку")
_HAND = ("Wash by hand, cold", "Cuci tangan, air dingin", "Ручне прання в холодній воді")
_WIPE = ("Wipe with a dry cloth", "Lap dengan kain kering", "Протирати сухою тканиною")
_PEKALONGAN = ("Pekalongan, Central Java", "Pekalongan, Jawa Tengah", "Пекалонган, Центральна Ява")
_YOGYA = ("Yogyakarta", "Yogyakarta", "Джокʼякарта")
_BALI = ("Bali", "Bali", "Балі")
_HIGHLAND = ("Smallholders above 1,200 m", "Petani kecil di atas 1.200 m", "Малі господарства вище 1200 м")

# kind -> grams, then facts: name -> en, id, uk
FACTS: dict[str, tuple[int, dict[str, tuple[str, str, str]]]] = {
    "shirt": (260, {
        "fabric": ("100 % linen, 165 g/m²", "100 % linen, 165 g/m²", "100 % льон, 165 г/м²"),
        "fit": ("Straight, 74 cm long in M", "Lurus, panjang 74 cm untuk M", "Прямий, довжина 74 см у розмірі M"),
        "care": _COLD, "origin": _PEKALONGAN}),
    "tee": (220, {
        "fabric": ("Organic cotton, 240 g/m²", "Katun organik, 240 g/m²", "Органічна бавовна, 240 г/м²"),
        "fit": ("Relaxed", "Longgar", "Вільний"), "care": _COLD, "origin": ("Bandung", "Bandung", "Бандунг")}),
    "dress": (320, {
        "fabric": ("Viscose, 130 g/m²", "Viscose, 130 g/m²", "Віскоза, 130 г/м²"),
        "fit": ("Loose, belt included", "Longgar, dengan ikat pinggang", "Вільний, з поясом"), "care": _HAND, "origin": _BALI}),
    "pants": (380, {
        "fabric": ("Cotton with 20 % linen", "Katun dengan 20 % linen", "Бавовна з 20 % льону"),
        "fit": ("Wide leg, high waist", "Kaki lebar, pinggang tinggi", "Широкі, висока посадка"), "care": _COLD, "origin": _BALI}),
    "hat": (140, {"material": ("Pandan leaf", "Daun pandan", "Листя пандана"), "care": _WIPE,
                  "origin": ("Tasikmalaya", "Tasikmalaya", "Тасікмалая")}),
    "blouse": (180, {"fabric": ("Cotton voile", "Voile katun", "Бавовняна вуаль"), "care": _HAND, "origin": _YOGYA}),
    "sandals": (520, {"material": ("Cow leather, rubber sole", "Kulit sapi, sol karet", "Яловича шкіра, гумова підошва"),
                      "care": _WIPE, "origin": ("Magetan, East Java", "Magetan, Jawa Timur", "Магетан, Східна Ява")}),
    "tote": (310, {"material": ("Cotton canvas", "Kanvas katun", "Бавовняне полотно"),
                   "size": ("38 by 42 cm, handles 60 cm", "38 x 42 cm, tali 60 cm", "38 на 42 см, ручки 60 см"),
                   "care": _HAND, "origin": _PEKALONGAN}),
    "scarf": (120, {"fabric": ("Silk and cotton", "Sutra dan katun", "Шовк із бавовною"), "care": _HAND, "origin": _PEKALONGAN}),
    "cloth": (400, {"fabric": ("Cotton primissima", "Katun primisima", "Бавовна primissima"),
                    "size": ("200 by 115 cm", "200 x 115 cm", "200 на 115 см"), "care": _HAND, "origin": _PEKALONGAN}),
    "batikshirt": (270, {"fabric": ("Cotton", "Katun", "Бавовна"), "fit": ("Slim", "Pas badan", "Приталений"), "care": _HAND,
                         "origin": _PEKALONGAN}),
    "runner": (200, {"fabric": ("Cotton", "Katun", "Бавовна"), "care": _COLD, "origin": _PEKALONGAN}),
    "pouch": (90, {"material": ("Canvas, metal zip", "Kanvas, ritsleting logam", "Полотно, металева блискавка"),
                   "size": ("22 by 15 cm", "22 x 15 cm", "22 на 15 см"), "origin": _PEKALONGAN}),
    "basket": (900, {"material": ("Water hyacinth, wire", "Eceng gondok, kawat", "Водяний гіацинт, дріт"), "care": _WIPE,
                     "origin": _YOGYA}),
    "mug": (420, {"material": ("Stoneware", "Keramik tembikar", "Камʼяна кераміка"), "size": ("320 ml", "320 ml", "320 мл"),
                  "origin": ("Kasongan, Yogyakarta", "Kasongan, Yogyakarta", "Касонган, Джокʼякарта")}),
    "tray": (1100, {"material": ("Reclaimed teak", "Jati daur ulang", "Вторинний тик"),
                    "size": ("42 by 28 cm", "42 x 28 cm", "42 на 28 см"), "care": _WIPE,
                    "origin": ("Jepara, Central Java", "Jepara, Jawa Tengah", "Джепара, Центральна Ява")}),
    "cushion": (180, {"fabric": ("Cotton ikat", "Tenun ikat katun", "Бавовняний ікат"), "care": _COLD,
                      "origin": ("Sumba", "Sumba", "Сумба")}),
    "lamp": (1600, {"material": ("Rattan", "Rotan", "Ротанг"), "size": ("Ø 36 cm, 30 cm high", "Ø 36 cm, tinggi 30 cm",
                    "Ø 36 см, висота 30 см"), "care": _WIPE, "origin": ("Cirebon", "Cirebon", "Чиребон")}),
    "candle": (380, {"material": ("Soy wax, cotton wick", "Lilin kedelai, sumbu katun", "Соєвий віск, бавовняний ґніт"),
                     "origin": _BALI}),
    "towel": (450, {"fabric": ("Cotton waffle", "Katun wafel", "Вафельна бавовна"), "care": ("60 °C", "60 °C", "60 °C"),
                    "origin": ("Bandung", "Bandung", "Бандунг")}),
    "coffee": (280, {"taste": ("Cocoa, cedar, ripe fruit", "Kakao, cedar, buah matang", "Какао, кедр, стиглі фрукти"),
                     "keeps": ("12 months, closed and dry", "12 bulan, tertutup dan kering", "12 місяців у закритому сухому місці"),
                     "origin": _HIGHLAND}),
    "drip": (130, {"keeps": ("12 months", "12 bulan", "12 місяців"), "origin": _HIGHLAND}),
    "cascara": (150, {"taste": ("Plum, rose hip", "Plum, rosehip", "Слива, шипшина"), "keeps": ("9 months", "9 bulan", "9 місяців"),
                      "origin": _HIGHLAND}),
    "sugar": (520, {"keeps": ("6 months, dry", "6 bulan, tempat kering", "6 місяців у сухому місці"), "origin": _BALI}),
    "spice": (240, {"keeps": ("18 months", "18 bulan", "18 місяців"), "origin": ("Banda islands", "Kepulauan Banda", "Острови Банда")}),
}  # fmt: skip

CATEGORY_NAMES = {
    "fashion": ("Fashion", "Busana", "Одяг"),
    "fashion/shirts": ("Shirts", "Kemeja dan kaus", "Сорочки та футболки"),
    "fashion/dresses": ("Dresses", "Gaun", "Сукні"),
    "fashion/trousers": ("Trousers", "Celana", "Штани"),
    "fashion/accessories": ("Accessories", "Aksesori", "Аксесуари"),
    "fashion/shoes": ("Shoes", "Alas kaki", "Взуття"),
    "batik": ("Batik", "Batik", "Батик"),
    "batik/bags": ("Bags", "Tas", "Сумки"),
    "batik/scarves": ("Scarves", "Selendang", "Шарфи"),
    "batik/fabric": ("Fabric", "Kain", "Тканини"),
    "batik/shirts": ("Batik shirts", "Kemeja batik", "Батикові сорочки"),
    "batik/home": ("Batik for the home", "Batik untuk rumah", "Батик для дому"),
    "home": ("Home", "Rumah", "Дім"),
    "home/storage": ("Storage", "Penyimpanan", "Зберігання"),
    "home/table": ("Table", "Meja makan", "Стіл"),
    "home/textiles": ("Textiles", "Tekstil", "Текстиль"),
    "home/light": ("Light", "Lampu", "Світло"),
    "home/scent": ("Scent", "Aroma", "Аромати"),
    "coffee": ("Coffee and pantry", "Kopi dan dapur", "Кава та бакалія"),
    "coffee/beans": ("Beans", "Biji kopi", "Кава в зернах"),
    "coffee/drip-bags": ("Drip bags", "Kopi saring", "Дріп-пакети"),
    "coffee/tea": ("Tea", "Teh", "Чай"),
    "coffee/pantry": ("Pantry", "Dapur", "Бакалія"),
}

SIZE_GUIDE = {
    "name": "Shirts",
    "notes": {
        "en": "Measure a shirt that fits you, laid flat. Bayu, 178 cm and 72 kg, wears M.",
        "id": "Ukur kemeja yang pas untuk Anda, dibentangkan rata. Bayu, 178 cm dan 72 kg, memakai M.",
        "uk": "Виміряйте розкладену сорочку, яка вам пасує. Баю, 178 см і 72 кг, носить M.",
    },
    "columns": [
        {"en": "Chest, cm", "id": "Dada, cm", "uk": "Груди, см"},
        {"en": "Length, cm", "id": "Panjang, cm", "uk": "Довжина, см"},
        {"en": "Sleeve, cm", "id": "Lengan, cm", "uk": "Рукав, см"},
    ],
    "rows": [["S", "100", "71", "21"], ["M", "106", "74", "22"], ["L", "112", "76", "23"], ["XL", "118", "78", "24"]],
}
