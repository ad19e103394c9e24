"""What Toko Laut sells: 25 kinds of things, eight of each, named after islands, patterns and mountains."""

import random
from dataclasses import dataclass
from decimal import Decimal

from ramah.commerce.imports.records import ImportedProduct, ImportedVariant

ISLANDS = ("Sanur", "Ubud", "Sumba", "Flores", "Lombok", "Banda", "Belitung", "Nias")
PATTERNS = ("Kawung", "Parang", "Truntum", "Ceplok", "Mega Mendung", "Sido Mukti", "Lereng", "Tambal")
MOUNTAINS = ("Bromo", "Rinjani", "Dieng", "Merapi", "Agung", "Semeru", "Kelud", "Batur")
ORIGINS = ("Gayo", "Toraja", "Kintamani", "Bajawa", "Preanger", "Mandailing", "Ijen", "Wamena")
SIZES = ("S", "M", "L", "XL")
COLORS = ("Indigo", "Clay", "Moss", "Sand", "Night", "Coral")
GRINDS = ("Whole beans", "Filter", "Espresso")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing: its words with `{}` for the name, by language, and what varies."""

    key: str
    category: str
    price: int
    names: tuple[str, ...]
    titles: tuple[str, str, str]
    says: tuple[str, str, str]
    illustration: str = "p-tag"
    sizes: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    option: str = "size"


KINDS = (
    Kind("shirt", "Fashion / Shirts", 389000, ISLANDS, ("{} linen shirt", "Kemeja linen {}", "Лляна сорочка «{}»"),
         ("Washed linen, coconut buttons, straight cut.", "Linen cuci, kancing batok kelapa, potongan lurus.",
          "М’який пральний льон, кокосові ґудзики, прямий крій."), "p-shirt", SIZES, COLORS[:3]),
    Kind("tee", "Fashion / Shirts", 179000, ISLANDS, ("{} cotton tee", "Kaus katun {}", "Бавовняна футболка «{}»"),
         ("Heavy organic cotton that keeps its shape.", "Katun organik tebal yang tidak mudah melar.",
          "Щільна органічна бавовна, що тримає форму."), "p-shirt", SIZES, COLORS[2:5]),
    Kind("dress", "Fashion / Dresses", 549000, ISLANDS, ("{} summer dress", "Gaun musim panas {}", "Літня сукня «{}»"),
         ("Light viscose, pockets, knee length.", "Viscose ringan, bersaku, panjang selutut.",
          "Легка віскоза, кишені, довжина до коліна."), "p-dress", SIZES[:3], COLORS[:2]),
    Kind("pants", "Fashion / Trousers", 429000, ISLANDS, ("{} wide trousers", "Celana lebar {}", "Широкі штани «{}»"),
         ("High waist, elastic at the back.", "Pinggang tinggi, karet di bagian belakang.",
          "Висока посадка, резинка на спині."), "p-pants", SIZES, COLORS[3:5]),
    Kind("hat", "Fashion / Accessories", 159000, ISLANDS, ("{} straw hat", "Topi anyaman {}", "Солом’яний капелюх «{}»"),
         ("Woven by hand from pandan leaves.", "Dianyam tangan dari daun pandan.", "Сплетений вручну з листя пандана."),
         "p-hat", ("M", "L")),
    Kind("blouse", "Fashion / Shirts", 459000, ISLANDS, ("{} kebaya blouse", "Blus kebaya {}", "Блуза кебая «{}»"),
         ("Cotton voile with hand-finished edges.", "Voile katun dengan tepi dijahit tangan.",
          "Бавовняна вуаль з обробленими вручну краями."), "p-shirt", SIZES[:3], COLORS[4:]),
    Kind("sandals", "Fashion / Shoes", 329000, ISLANDS, ("{} leather sandals", "Sandal kulit {}", "Шкіряні сандалі «{}»"),
         ("Vegetable-tanned leather, replaceable sole.", "Kulit samak nabati, sol dapat diganti.",
          "Шкіра рослинного дублення, змінна підошва."), "p-sandal", ("38", "40", "42")),
    Kind("tote", "Batik / Bags", 145000, PATTERNS, ("{} tote bag", "Tas jinjing {}", "Сумка-шопер «{}»"),
         ("Stamped batik on canvas, inner pocket.", "Batik cap di kanvas, dengan saku dalam.",
          "Штампований батик на полотні, внутрішня кишеня."), "p-tote", (), COLORS[:2]),
    Kind("scarf", "Batik / Scarves", 219000, PATTERNS, ("{} batik scarf", "Selendang batik {}", "Батиковий шарф «{}»"),
         ("Hand-drawn on silk and cotton, 180 by 50 cm.", "Batik tulis di sutra dan katun, 180 x 50 cm.",
          "Ручний розпис на шовку з бавовною, 180 на 50 см."), "p-scarf", (), COLORS[:3]),
    Kind("cloth", "Batik / Fabric", 275000, PATTERNS,
         ("{} batik fabric, 2 m", "Kain batik {}, 2 m", "Батикова тканина «{}», 2 м"),
         ("Cotton primissima, colors that do not run.", "Katun primisima, warna tidak luntur.",
          "Бавовна primissima, фарби не линяють."), "p-weave"),
    Kind("batikshirt", "Batik / Shirts", 479000, PATTERNS, ("{} batik shirt", "Kemeja batik {}", "Батикова сорочка «{}»"),
         ("The pattern meets at the pocket and the seams.", "Motif bertemu di saku dan jahitan.",
          "Візерунок сходиться на кишені та швах."), "p-shirt", SIZES),
    Kind("runner", "Batik / Home", 189000, PATTERNS, ("{} table runner", "Taplak meja {}", "Доріжка на стіл «{}»"),
         ("Stamped batik, 35 by 180 cm.", "Batik cap, 35 x 180 cm.", "Штампований батик, 35 на 180 см."), "p-weave"),
    Kind("pouch", "Batik / Bags", 89000, PATTERNS, ("{} zip pouch", "Dompet ritsleting {}", "Косметичка «{}»"),
         ("For chargers, pens or soap.", "Untuk pengisi daya, pena, atau sabun.", "Для зарядки, ручок або мила."), "p-tote"),
    Kind("basket", "Home / Storage", 239000, MOUNTAINS, ("{} woven basket", "Keranjang anyam {}", "Плетений кошик «{}»"),
         ("Water hyacinth on a wire frame.", "Eceng gondok pada rangka kawat.", "Водяний гіацинт на дротяному каркасі."),
         "p-weave", ("Small", "Large")),
    Kind("mug", "Home / Table", 95000, MOUNTAINS, ("{} ceramic mug", "Mug keramik {}", "Керамічне горня «{}»"),
         ("Thrown in Kasongan, safe in the dishwasher.", "Dibuat di Kasongan, aman di mesin cuci piring.",
          "Виготовлене в Касонгані, можна мити в посудомийці."), "p-mug", (), COLORS[1:4]),
    Kind("tray", "Home / Table", 265000, MOUNTAINS, ("{} teak tray", "Nampan jati {}", "Тикова таця «{}»"),
         ("Reclaimed teak, oiled.", "Kayu jati daur ulang, diminyaki.", "Тик із вторинної деревини, промаслений."), "p-tray"),
    Kind("cushion", "Home / Textiles", 169000, MOUNTAINS, ("{} cushion cover", "Sarung bantal {}", "Наволочка «{}»"),
         ("Ikat weave, 45 by 45 cm, hidden zip.", "Tenun ikat, 45 x 45 cm, ritsleting tersembunyi.",
          "Ікатне ткання, 45 на 45 см, прихована блискавка."), "p-weave", (), COLORS[:3]),
    Kind("lamp", "Home / Light", 589000, MOUNTAINS, ("{} rattan lamp", "Lampu rotan {}", "Ротангова лампа «{}»"),
         ("E27 socket, cable of two meters.", "Fiting E27, kabel dua meter.", "Цоколь E27, кабель два метри."), "p-lamp"),
    Kind("candle", "Home / Scent", 125000, MOUNTAINS, ("{} soy candle", "Lilin kedelai {}", "Соєва свічка «{}»"),
         ("Lemongrass and cedar, burns 40 hours.", "Serai dan cedar, menyala 40 jam.", "Лемонграс і кедр, горить 40 годин."),
         "p-candle"),
    Kind("towel", "Home / Textiles", 199000, MOUNTAINS, ("{} waffle towel", "Handuk wafel {}", "Вафельний рушник «{}»"),
         ("Dries fast, 70 by 140 cm.", "Cepat kering, 70 x 140 cm.", "Швидко сохне, 70 на 140 см."), "p-weave", (), COLORS[2:5]),
    Kind("coffee", "Coffee / Beans", 115000, ORIGINS, ("{} coffee, 250 g", "Kopi {}, 250 g", "Кава «{}», 250 г"),
         ("Single origin, roasted on the day it leaves.", "Satu asal, disangrai pada hari pengiriman.",
          "Один регіон, обсмажена в день відправлення."), "p-pack", GRINDS, (), "grind"),
    Kind("drip", "Coffee / Drip bags", 79000, ORIGINS, ("{} drip bags, 10", "Kopi saring {}, isi 10", "Дріп-кава «{}», 10 шт."),
         ("Hot water is all it takes.", "Cukup air panas.", "Потрібна лише гаряча вода."), "p-pack"),
    Kind("cascara", "Coffee / Tea", 68000, ORIGINS, ("{} cascara tea", "Teh cascara {}", "Чай каскара «{}»"),
         ("Dried coffee cherries; tastes of plum.", "Kulit buah kopi kering; rasa plum.",
          "Сушені кавові ягоди зі смаком сливи."), "p-pack"),
    Kind("sugar", "Coffee / Pantry", 49000, ORIGINS,
         ("{} palm sugar, 500 g", "Gula aren {}, 500 g", "Пальмовий цукор «{}», 500 г"),
         ("Slowly boiled, tastes of caramel.", "Dimasak perlahan, rasa karamel.", "Повільно уварений, зі смаком карамелі."),
         "p-jar"),
    Kind("spice", "Coffee / Pantry", 99000, ORIGINS, ("{} spice set", "Paket rempah {}", "Набір прянощів «{}»"),
         ("Nutmeg, clove, long pepper, cinnamon.", "Pala, cengkeh, cabai jawa, kayu manis.",
          "Мускат, гвоздика, довгий перець, кориця."), "p-jar"),
)  # fmt: skip


def hryvnia(rupiah: Decimal) -> Decimal:
    """The price in Ukraine: Rp 389.000 are 1 249 ₴ at this shop."""
    return (rupiah / Decimal("3115")).quantize(Decimal(1)) * 10 - 1


def catalog(chance: random.Random) -> list[ImportedProduct]:
    """All products with their variants, priced in rupiah."""
    return [_product(chance, kind, number, name) for kind in KINDS for number, name in enumerate(kind.names, 1)]


def _product(chance: random.Random, kind: Kind, number: int, name: str) -> ImportedProduct:
    key = f"{kind.key}-{number}"
    price = Decimal(kind.price + chance.choice((-1, 0, 0, 1, 2)) * max(kind.price // 20 // 5000 * 5000, 5000))
    return ImportedProduct(
        external_id=f"demo-{key}",
        titles=dict(zip(("en", "id", "uk"), (words.format(name) for words in kind.titles), strict=True)),
        descriptions=dict(zip(("en", "id", "uk"), kind.says, strict=True)),
        brand="Toko Laut",
        category=kind.category,
        illustration=kind.illustration,
        status="archived" if chance.random() < 0.03 else "active",
        variants=tuple(
            ImportedVariant(
                sku="-".join(filter(None, (key.upper(), size[:2].upper(), color[:3].upper()))),
                price=price,
                currency="IDR",
                options={label: text for label, text in ((kind.option, size), ("color", color)) if text},
                stock=chance.choice((0, 2, 5, 8, 12, 20, 35)),
            )
            for size in kind.sizes or ("",)
            for color in kind.colors or ("",)
        ),
    )
