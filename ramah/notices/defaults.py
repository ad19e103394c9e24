"""The rules that a new shop begins with, as data: when they speak, and what they say in three languages.

They are drafts until somebody has tried them out and lets them go live. Only what customers asked for one by one (a product that
is back, a price that fell) speaks from the first day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ramah.notices import kinds

Texts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class DefaultRule:
    """One of them; what it offers is all that its kind may, where `choices` does not say less."""

    kind: str
    texts: Texts
    terms: Mapping[str, Any] = field(default_factory=dict)
    credit: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] | None = None


def _says(**languages: tuple[str, str]) -> Texts:
    return {language: {"subject": subject, "text": text} for language, (subject, text) in languages.items()}


_CREDIT: Final = {"IDR": "20000", "UAH": "60", "USD": "2"}

DEFAULTS: Final = (
    DefaultRule(
        kinds.AT_RISK,
        _says(
            en=(
                "Order {order} may come later than we promised",
                "Hello {name},\n\nwe promised order {order} by {old_date}. As it looks now, we may not make it: we expect it"
                " {range}. The cause is {reason}.\n\nYou need not do anything. If another way suits you better, choose it here"
                " {until}.",
            ),
            id=(
                "Pesanan {order} mungkin tiba lebih lambat",
                "Halo {name},\n\nkami berjanji pesanan {order} tiba paling lambat {old_date}. Saat ini tampaknya belum tentu"
                " terkejar: kami perkirakan tiba {range}. Penyebabnya: {reason}.\n\nAnda tidak perlu melakukan apa pun. Jika ada"
                " cara lain yang lebih cocok, silakan pilih di sini {until}.",
            ),
            uk=(
                "Замовлення {order} може прибути пізніше, ніж ми обіцяли",
                "Вітаємо, {name}!\n\nМи обіцяли доставити замовлення {order} до {old_date}. Зараз схоже, що можемо не встигнути:"
                " очікуємо його {range}. Причина: {reason}.\n\nВам не потрібно нічого робити. Якщо Вам зручніше інакше, оберіть"
                " тут {until}.",
            ),
        ),
        credit=_CREDIT,
    ),
    DefaultRule(
        kinds.LATE,
        _says(
            en=(
                "Order {order} is late. We are sorry",
                "Hello {name},\n\norder {order} should have been with you by {old_date}, and it is not. We are sorry. We expect"
                " it {range} now. The cause is {reason}.\n\nPlease tell us what suits you best; you can choose {until}.",
            ),
            id=(
                "Pesanan {order} terlambat. Mohon maaf",
                "Halo {name},\n\npesanan {order} seharusnya sudah tiba paling lambat {old_date}, tetapi belum. Mohon maaf."
                " Sekarang kami perkirakan tiba {range}. Penyebabnya: {reason}.\n\nSilakan pilih yang paling cocok untuk Anda;"
                " Anda bisa memilih {until}.",
            ),
            uk=(
                "Замовлення {order} запізнюється. Перепрошуємо",
                "Вітаємо, {name}!\n\nЗамовлення {order} мало бути у Вас до {old_date}, але його ще немає. Перепрошуємо. Тепер"
                " очікуємо його {range}. Причина: {reason}.\n\nСкажіть, будь ласка, як Вам зручніше: обрати можна {until}.",
            ),
        ),
        credit=_CREDIT,
    ),
    DefaultRule(
        kinds.STALLED,
        _says(
            en=(
                "We are looking into order {order}",
                "Hello {name},\n\nwe have had no news of your parcel (order {order}) from {carrier} for longer than usual. We"
                " keep asking, and expect it {range}. We write again when we know more.",
            ),
            id=(
                "Kami sedang menelusuri pesanan {order}",
                "Halo {name},\n\nsudah lebih lama dari biasanya kami tidak mendapat kabar dari {carrier} tentang paket Anda"
                " (pesanan {order}). Kami terus menanyakannya dan memperkirakan paket tiba {range}. Kami akan mengabari Anda lagi"
                " begitu tahu lebih banyak.",
            ),
            uk=(
                "Ми з’ясовуємо, де замовлення {order}",
                "Вітаємо, {name}!\n\nМи довше, ніж зазвичай, не маємо новин про Вашу посилку (замовлення {order}):"
                " {carrier} мовчить. Ми питаємо далі й очікуємо її {range}. Напишемо знову, щойно дізнаємося більше.",
            ),
        ),
    ),
    DefaultRule(
        kinds.LOST,
        _says(
            en=(
                "Your parcel was lost. We put it right",
                "Hello {name},\n\nwe are sorry: {carrier} has lost the parcel of order {order}. You do not lose anything by it."
                " Have your money back, or write to us and we send everything again.",
            ),
            id=(
                "Paket Anda hilang. Kami akan bereskan",
                "Halo {name},\n\nmohon maaf, paket pesanan {order} hilang di tangan {carrier}. Anda tidak akan dirugikan."
                " Anda bisa meminta uang kembali, atau tulis kepada kami dan kami kirim ulang semuanya.",
            ),
            uk=(
                "Вашу посилку загубили. Ми все виправимо",
                "Вітаємо, {name}!\n\nПерепрошуємо: посилку із замовленням {order} загублено в дорозі. Ви через це нічого не"
                " втратите. Можемо повернути гроші, або напишіть нам, і ми надішлемо все ще раз.",
            ),
        ),
    ),
    DefaultRule(
        kinds.DELIVERY_FAILED,
        _says(
            en=(
                "{carrier} could not hand over order {order}",
                "Hello {name},\n\n{carrier} wanted to bring order {order} and could not hand it over. The reason they gave:"
                " {reason}.\n\nThey mostly try once more by themselves. You can also choose what happens next {until}.",
            ),
            id=(
                "{carrier} belum berhasil menyerahkan pesanan {order}",
                "Halo {name},\n\n{carrier} sudah mengantar pesanan {order}, tetapi belum bisa menyerahkannya. Alasannya:"
                " {reason}.\n\nBiasanya mereka mencoba sekali lagi. Anda juga bisa memilih langkah berikutnya {until}.",
            ),
            uk=(
                "Замовлення {order} не вдалося вручити",
                "Вітаємо, {name}!\n\nЗамовлення {order} намагалися доставити, але не змогли вручити. Причина: {reason}.\n\n"
                "Зазвичай пробують ще раз. Ви також можете обрати, що робити далі, {until}.",
            ),
        ),
    ),
    DefaultRule(
        kinds.CUSTOMS,
        _says(
            en=(
                "Customs is checking order {order}",
                "Hello {name},\n\ncustoms is checking the parcel of order {order}. That mostly takes a few days. You need not do"
                " anything; if papers are missing, we ask you for them.",
            ),
            id=(
                "Bea cukai sedang memeriksa pesanan {order}",
                "Halo {name},\n\npaket pesanan {order} sedang diperiksa bea cukai. Biasanya butuh beberapa hari. Anda tidak perlu"
                " melakukan apa pun; jika ada dokumen yang kurang, kami akan memintanya kepada Anda.",
            ),
            uk=(
                "Митниця перевіряє замовлення {order}",
                "Вітаємо, {name}!\n\nМитниця перевіряє посилку із замовленням {order}. Зазвичай це триває кілька днів. Вам не"
                " потрібно нічого робити; якщо бракуватиме документів, ми попросимо їх у Вас.",
            ),
        ),
    ),
    DefaultRule(
        kinds.OUT_FOR_DELIVERY,
        _says(
            en=(
                "Order {order} comes today",
                "Hello {name},\n\n{carrier} is on the way to you with order {order} today. Will nobody be there? Choose who may"
                " take it, {until}.",
            ),
            id=(
                "Pesanan {order} diantar hari ini",
                "Halo {name},\n\n{carrier} sedang dalam perjalanan mengantar pesanan {order} hari ini. Tidak ada orang di tempat?"
                " Pilih siapa yang boleh menerimanya, {until}.",
            ),
            uk=(
                "Замовлення {order} прибуде сьогодні",
                "Вітаємо, {name}!\n\nЗамовлення {order} сьогодні вже їде до Вас. Нікого не буде вдома? Оберіть, хто може його"
                " прийняти, {until}.",
            ),
        ),
    ),
    DefaultRule(
        kinds.DELIVERED,
        _says(
            en=(
                "Order {order} has arrived",
                "Hello {name},\n\n{carrier} says that order {order} has arrived. We hope you like it. Is it not there, or is"
                " something wrong? Tell us, and we put it right.",
            ),
            id=(
                "Pesanan {order} sudah tiba",
                "Halo {name},\n\nmenurut {carrier}, pesanan {order} sudah tiba. Semoga Anda suka. Belum Anda terima, atau ada"
                " yang tidak sesuai? Beri tahu kami, kami akan bereskan.",
            ),
            uk=(
                "Замовлення {order} доставлено",
                "Вітаємо, {name}!\n\nЗа даними перевізника, замовлення {order} доставлено. Сподіваємося, воно Вам подобається."
                " Його немає або щось не так? Напишіть нам, і ми все виправимо.",
            ),
        ),
    ),
    DefaultRule(
        kinds.BACK_IN_STOCK,
        _says(
            en=(
                "{product} is back",
                "It is in stock again, for {price}. You asked us to tell you; whoever orders first gets it.",
            ),
            id=(
                "{product} tersedia lagi",
                "Barang ini tersedia lagi, seharga {price}. Anda minta dikabari; siapa memesan lebih dahulu, dia yang"
                " mendapatkannya.",
            ),
            uk=(
                "{product} знову в наявності",
                "Товар знову в наявності, ціна {price}. Ви просили повідомити; його отримає той, хто замовить першим.",
            ),
        ),
    ),
    DefaultRule(
        kinds.PRICE_DROP,
        _says(
            en=("{product} costs less now", "It costs {price} now. It was {old_price} when you asked us to tell you."),
            id=(
                "{product} sekarang lebih murah",
                "Harganya kini {price}. Saat Anda minta dikabari, harganya {old_price}.",
            ),
            uk=(
                "{product} тепер дешевше",
                "Тепер ціна {price}. Коли Ви просили повідомити, була {old_price}.",
            ),
        ),
    ),
    DefaultRule(
        kinds.ORDER_CHANGED,
        _says(
            en=(
                "A new day for order {order}",
                "Hello {name},\n\nwe now promise order {order} for {new_date}, in place of {old_date}. If that does not suit you,"
                " tell us {until}.",
            ),
            id=(
                "Hari baru untuk pesanan {order}",
                "Halo {name},\n\nsekarang kami menjanjikan pesanan {order} untuk {new_date}, menggantikan {old_date}. Jika itu"
                " tidak cocok untuk Anda, beri tahu kami {until}.",
            ),
            uk=(
                "Новий день для замовлення {order}",
                "Вітаємо, {name}!\n\nТепер ми обіцяємо доставити замовлення {order} до {new_date} замість {old_date}. Якщо Вам"
                " це незручно, напишіть нам {until}.",
            ),
        ),
    ),
    DefaultRule(
        kinds.PAYMENT_MISSING,
        _says(
            en=(
                "Order {order} waits for {amount}",
                "Hello {name},\n\nwe keep order {order} for you. {amount} is still missing and must be there {until}; after that"
                " the order ends by itself, and you owe nothing. If you have just paid, please forget this message.",
            ),
            id=(
                "Pesanan {order} menunggu {amount}",
                "Halo {name},\n\npesanan {order} masih kami simpan untuk Anda. {amount} belum kami terima dan perlu masuk"
                " {until}; setelah itu pesanan berakhir dengan sendirinya, tanpa kewajiban apa pun. Jika Anda baru saja membayar,"
                " abaikan pesan ini.",
            ),
            uk=(
                "Замовлення {order} очікує на оплату: {amount}",
                "Вітаємо, {name}!\n\nМи тримаємо для Вас замовлення {order}. Ще не надійшло {amount}; оплата має надійти {until}."
                " Потім замовлення закриється саме, і Ви нічого не будете винні. Якщо Ви щойно заплатили, не зважайте на цей"
                " лист.",
            ),
        ),
        terms={"after_hours": 6},
    ),
    DefaultRule(
        kinds.REFUND_SENT,
        _says(
            en=(
                "We have sent {amount} back to you",
                "Hello {name},\n\nwe have sent {amount} for order {order} back to you today. With most banks it is there within a"
                " few working days.",
            ),
            id=(
                "Kami sudah mengembalikan {amount}",
                "Halo {name},\n\nhari ini kami sudah mengirim kembali {amount} untuk pesanan {order}. Di kebanyakan bank, uang"
                " masuk dalam beberapa hari kerja.",
            ),
            uk=(
                "Ми повернули Вам {amount}",
                "Вітаємо, {name}!\n\nСьогодні ми надіслали Вам назад {amount} за замовлення {order}. У більшості банків гроші"
                " надходять за кілька робочих днів.",
            ),
        ),
    ),
)
