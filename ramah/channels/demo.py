# ruff: noqa: E501 - what customers write stands here as they wrote it
"""The demo shop's inboxes and conversations. Mails come in by the normal door and are answered by the normal commands."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from ramah.accounts.models import Agent, Team
from ramah.accounts.queries import agent_actor
from ramah.channels import commands
from ramah.channels.commands.chat_inboxes import save_chat_inbox
from ramah.conversations.commands import organizing, replying
from ramah.conversations.models import Conversation, Inbox
from ramah.desk.models import SLAPolicy
from ramah.kernel import clock, outbox
from ramah.kernel.actors import SYSTEM
from ramah.promises.models import Calendar

SUPPORT, DOPOMOGA, CHAT = "support", "dopomoga", "chat"
GREETINGS = {
    "en": "Hello! Ask about sizes, stock or your parcel.",
    "id": "Halo, Kak! Silakan tanya soal ukuran, stok, atau paketnya.",
    "uk": "Вітаємо! Запитуйте про розміри, наявність чи посилку.",
}
QUICK_REPLIES = {
    "en": ["Where is my parcel?", "Which size fits me?", "How do I return something?"],
    "id": ["Paket saya sampai mana?", "Ukuran mana yang pas?", "Bagaimana cara retur?"],
    "uk": ["Де моя посилка?", "Який розмір мені підійде?", "Як повернути товар?"],
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a thread, `hours` after the thread began; `who` is empty for the customer, or an agent's first name."""

    hours: float
    text: str
    who: str = ""
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation to seed: it began `hours_ago`; `ends` is the status that the agent leaves it in."""

    hours_ago: float
    name: str
    address: str
    subject: str
    lines: list[Line]
    inbox: str = SUPPORT
    assignee: str = ""
    ends: str = "open"
    tags: list[str] = field(default_factory=list)


def seed(at: datetime) -> None:
    """Seed inboxes, SLA policies and some days of conversations. Repeatable: what is there stays."""
    inboxes = _seed_inboxes(at)
    _seed_chat(inboxes[SUPPORT], at)
    agents = {agent.name.split()[0]: agent for agent in Agent.objects.select_related("user")}
    if Conversation.objects.exists():
        return
    for thread in sorted(THREADS, key=lambda thread: -thread.hours_ago):
        _seed_thread(thread, inboxes[thread.inbox], agents, at=at)


def _seed_inboxes(at: datetime) -> dict[str, Inbox]:
    calendars = {calendar.name: calendar for calendar in Calendar.objects.all()}
    teams = {team.name: team for team in Team.objects.all()}
    wanted = (
        (
            SUPPORT,
            "Toko Laut",
            "support@toko-laut.example",
            "id",
            "Jakarta office hours",
            "Jakarta care",
            (60, 120, 1440),
        ),
        (DOPOMOGA, "Toko Laut Україна", "dopomoga@toko-laut.example", "uk", "Kyiv", "Київ", (90, 180, 1440)),
    )
    inboxes = {}
    for key, name, address, language, calendar, team, (first, following, resolution) in wanted:
        inbox, made = Inbox.objects.get_or_create(
            key=key,
            defaults={
                "name": name,
                "address": address,
                "language": language,
                "calendar": calendars.get(calendar),
                "signature": f"{name}\nhttps://toko-laut.example",
                "created_at": at,
            },
        )
        if made and team in teams:
            inbox.teams.set([teams[team]])
        SLAPolicy.objects.get_or_create(
            inbox=inbox,
            defaults={
                "name": name,
                "calendar": calendars.get(calendar),
                "first_reply_minutes": first,
                "next_reply_minutes": following,
                "resolution_minutes": resolution,
                "created_at": at,
            },
        )
        inboxes[key] = inbox
    return inboxes


def _seed_chat(like: Inbox, at: datetime) -> None:
    """Live chat on the shop's pages, by the team and in the hours of the inbox `like`."""
    if Inbox.objects.filter(channel="chat").exists():
        return
    inbox = save_chat_inbox(
        actor=SYSTEM,
        inbox=None,
        address={"key": CHAT, "name": like.name, "language": like.language, "calendar": like.calendar},
        teams=like.teams.all(),
        settings={"greetings": GREETINGS, "quick_replies": QUICK_REPLIES},
        at=at,
    )
    SLAPolicy.objects.get_or_create(
        inbox=inbox,
        defaults={
            "name": f"{like.name}, chat",
            "calendar": like.calendar,
            "first_reply_minutes": 10,
            "next_reply_minutes": 15,
            "resolution_minutes": 1440,
            "created_at": at,
        },
    )


def _seed_thread(thread: Thread, inbox: Inbox, agents: dict[str, Agent], *, at: datetime) -> None:
    began = at - timedelta(hours=thread.hours_ago)
    conversation: Conversation | None = None
    last_id = ""
    for line in thread.lines:
        moment = began + timedelta(hours=line.hours)
        with clock.standing_at(moment):
            if line.who:
                conversation = _speak(line, conversation, agents[line.who], at=moment)
            else:
                raw, last_id = _mail(thread, line, inbox, last_id, sent_at=moment)
                items = commands.take_in(inbox_id=inbox.pk, raws=[(raw, {})], at=moment, claimed=True)
                items[0].inbox = inbox
                commands.process(items, at=moment)
                conversation = items[0].conversation
            outbox.drain()
    if conversation is None:
        raise ValueError(f"{thread.subject} was not taken in")
    with clock.standing_at(began + timedelta(hours=thread.lines[-1].hours, minutes=5)):
        _organize(thread, conversation, agents)
        outbox.drain()


def _speak(line: Line, conversation: Conversation | None, agent: Agent, *, at: datetime) -> Conversation:
    actor = agent_actor(agent.user)
    if actor is None or conversation is None:
        raise ValueError("a thread starts with its customer, and its agents are active")
    if line.is_note:
        replying.add_note(actor=actor, conversation=conversation, text=line.text, at=at)
    else:
        replying.post_reply(actor=actor, conversation=conversation, text=line.text, at=at)
    return conversation


def _organize(thread: Thread, conversation: Conversation, agents: dict[str, Agent]) -> None:
    now = clock.now()
    agent = agents[thread.assignee or "Ben"]
    actor = agent_actor(agent.user)
    if actor is None:
        raise ValueError("the demo's agents are active")
    if thread.assignee:
        organizing.assign(actor=actor, conversation=conversation, agent=agent, at=now)
    if thread.tags:
        organizing.set_tags(actor=actor, conversation=conversation, names=thread.tags, at=now)
    if thread.ends != "open":
        organizing.set_status(actor=actor, conversation=conversation, status=thread.ends, at=now)


def _mail(thread: Thread, line: Line, inbox: Inbox, last_id: str, *, sent_at: datetime) -> tuple[bytes, str]:
    mail = EmailMessage()
    local, _, domain = thread.address.partition("@")
    mail["From"] = Address(thread.name, local, domain)
    mail["To"] = inbox.address
    mail["Subject"] = f"Re: {thread.subject}" if last_id else thread.subject
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = make_msgid(domain=domain)
    if last_id:
        mail["In-Reply-To"] = mail["References"] = last_id
    mail.set_content(line.text + "\n")
    return mail.as_bytes(), str(mail["Message-ID"])


THREADS = [
    Thread(
        30, "Dewi Prasetyo", "dewi.prasetyo@example.com", "Paket belum sampai, padahal dijanjikan Selasa",
        [
            Line(0, "Halo kak, paket saya katanya sampai hari Selasa. Sekarang sudah Rabu siang dan statusnya “alamat tidak ditemukan”. "
                    "Alamat saya benar kok, Jl. Margonda Raya No. 214, Depok.\n\nKemejanya mau dipakai hari Jumat."),
            Line(0.4, "Nomor rumah di label terpotong: tertulis Margonda 21. Ini kesalahan kami saat impor, bukan kesalahan pelanggan.", "Ben", True),
            Line(0.5, "Kak Dewi, mohon maaf. Nomor rumah terpotong di label kami, jadi ini kesalahan kami. Saya sedang memastikan pengantaran ulang besok pagi.", "Ben"),
            Line(29.6, "Oke, terima kasih sudah jujur. Bisa dipastikan sebelum jam 12? Saya di rumah pagi saja."),
        ],
        assignee="Ben", tags=["pengiriman"],
    ),
    Thread(
        2.2, "Оксана Коваленко", "oksana.kovalenko@example.com", "Сорочка замала, чи можна обміняти на M?",
        [Line(0, "Добрий день!\n\nОтримала сорочку Sanur у розмірі S, але вона замала в плечах. Чи можна обміняти її на M? Бирки на місці.\n\nДякую,\nОксана")],
        inbox=DOPOMOGA, tags=["обмін"],
    ),
    Thread(
        74, "Tom Baker", "tom.baker@example.com", "Refund for RMA-2087 not on my card yet",
        [
            Line(0, "Hi,\n\nyou confirmed my return (RMA-2087) ten days ago and said the refund takes three to five working days. "
                    "There is still nothing on my card. Could you check, please?\n\nTom"),
            Line(1, "Hello Tom,\n\nthank you for telling us. The refund was sent to your bank this morning; our apologies that it took so long. "
                    "I will look again on Thursday and write to you either way.", "Ben"),
            Line(50, "It is Thursday and there is still no refund. What now?"),
        ],
        assignee="Ben", tags=["refund"],
    ),
    Thread(
        5, "Lestari Saputra", "lestari.saputra@example.net", "Apakah warna moss ada lagi bulan ini?",
        [Line(0, "Selamat pagi, saya mau pesan tas Kawung warna moss tapi stoknya kosong. Apakah bulan ini akan ada lagi? Terima kasih.")],
    ),
    Thread(
        22, "Тарас Шевченко", "taras.shevchenko@example.net", "Змінити відділення Нової пошти",
        [
            Line(0, "Вітаю! Замовлення ще не відправлене? Хочу змінити відділення №12 на №47 у Львові."),
            Line(1.2, "Добрий день, пане Тарасе! Так, ще встигаємо: відділення змінено на №47. Посилка вирушить завтра до 12:00.", "Cleo"),
            Line(1.9, "Чудово, дуже дякую!"),
        ],
        inbox=DOPOMOGA, assignee="Cleo", ends="resolved",
    ),
    Thread(
        7, "Dimas Situmorang", "dimas.situmorang@example.com", "Invoice with company tax number",
        [Line(0, "Dear team, please send the invoice of my last order again, with our company name PT Sinar Laut and our NPWP on it. Regards, Dimas")],
        assignee="Lia", tags=["invoice"],
    ),
    Thread(
        26, "Tari Pratama", "tari.pratama@example.org", "Jahitan lepas di lengan kiri",
        [
            Line(0, "Halo, blus yang saya terima jahitannya lepas di lengan kiri. Baru sekali dicuci. Mohon solusinya."),
            Line(0.8, "Halo Kak Tari, mohon maaf atas jahitan yang lepas. Kakak boleh pilih: kami kirim blus baru besok, atau dana kembali penuh. Mana yang Kakak suka?", "Chris"),
            Line(3.1, "Kirim yang baru saja, ukuran L. Terima kasih ya."),
        ],
        assignee="Chris", tags=["kualitas"],
    ),
    Thread(
        96, "Ірина Гончаренко", "iryna.honcharenko@example.org", "Дякую! Усе прийшло вчасно",
        [
            Line(0, "Добрий день! Хочу просто подякувати: кава і філіжанки приїхали цілі й на день раніше."),
            Line(2, "Пані Ірино, дуже дякуємо за теплі слова! Передали їх тим, хто пакував Вашу посилку.", "Cleo"),
        ],
        inbox=DOPOMOGA, assignee="Cleo", ends="resolved",
    ),
    Thread(
        48, "Novi Purnomo", "novi.purnomo@example.net", "Pembayaran sudah ditransfer tapi status belum lunas",
        [
            Line(0, "Saya sudah transfer lewat BCA kemarin sore, tapi pesanan masih menunggu pembayaran. Bukti transfer bisa saya kirim."),
            Line(0.7, "Terima kasih, Kak Novi. Boleh kirim bukti transfernya ke sini? Begitu kami terima, pesanan langsung kami proses.", "Ben"),
        ],
        assignee="Ben", ends="pending", tags=["pembayaran"],
    ),
    Thread(
        3.5, "Hanna Schmidt", "hanna.schmidt@example.org", "Do you ship to Germany?",
        [Line(0, "Hello, I saw your batik tablecloths at a friend's place. Do you ship to Germany, and what would the customs fees be?\n\nBest wishes\nHanna")],
    ),
    Thread(
        1.1, "Intan Siregar", "intan.siregar@example.com", "Ukuran kemeja Sanur untuk tinggi 178",
        [Line(0, "Kak, untuk tinggi 178 dan berat 74 sebaiknya ambil L atau XL? Saya suka yang agak longgar.")],
    ),
    Thread(
        9, "Назар Павленко", "nazar.pavlenko@example.com", "Розбита чашка у посилці",
        [Line(0, "Доброго дня. Одна з чотирьох чашок прийшла розбита, фото додам за потреби. Як отримати заміну?")],
        inbox=DOPOMOGA, assignee="Cleo", tags=["пошкодження"],
    ),
    Thread(
        120, "Yusuf Wulandari", "yusuf.wulandari@example.net", "Batalkan pesanan",
        [
            Line(0, "Mohon batalkan pesanan saya hari ini, saya salah pilih warna."),
            Line(0.3, "Sudah kami batalkan, Kak Yusuf. Dana kembali ke rekening Kakak paling lambat tiga hari kerja.", "Ben"),
        ],
        assignee="Ben", ends="resolved",
    ),
    Thread(
        14, "Wayan Suarta", "wayan.suarta@example.com", "Kerja sama reseller",
        [Line(0, "Selamat malam, apakah Toko Laut membuka program reseller di Bali? Mohon informasi harga dan syaratnya.")],
        tags=["reseller"],
    ),
]  # fmt: skip
