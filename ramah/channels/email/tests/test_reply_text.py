"""What somebody wrote now, without quotations and signatures, in many languages and of many mail programs."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.channels.email.reply_text import ReplyParts, reply_text, reply_text_of_html

WORDS = "Thank you, still waiting."
OLD = "> Your parcel is on its way.\n> Regards"
WROTE = "On Tue, Jul 1, 2025 at 10:00 AM Ada <ada@example.com> wrote:"

INTRODUCTIONS = [
    WROTE,
    "On Tue, Jul 1, 2025 at 10:00 AM Ada Lovelace <ada@example.com>\nwrote:",
    "On Tue, Jul 1, 2025 at 10:00 AM, Ada via Shop Support\n<support@shop.example> wrote:",
    "On Jul 1, 2025, at 10:00 AM, Ada <ada@example.com> wrote:",
    "Pada tanggal Sel, 1 Jul 2025 pukul 10.00 Toko <toko@example.com> menulis:",
    "Pada Sel, 1 Jul 2025 10:00, Toko <toko@example.com> menulis:",
    "вт, 1 лип. 2025 р. о 10:00 Крамниця <shop@example.com> пише:",
    "1 лип. 2025 р. о 10:00 Ада <ada@example.com> написав(ла):",
    "Вівторок, 1 липня 2025, 10:00 +03:00 від Ada <ada@example.com>:",
    "вт, 1 июл. 2025 г. в 10:00, Ada <ada@example.com>:",
    "1 июля 2025 г., в 10:00, Ada <ada@example.com> написал(а):",
    "01.07.2025 10:00, Ada пишет:",
    "Am Di., 1. Juli 2025 um 10:00 Uhr schrieb Ada <ada@example.com>:",
    "Am 01.07.2025 um 10:00 schrieb Ada Lovelace:",
    "Le mar. 1 juil. 2025 à 10:00, Ada <ada@example.com> a écrit :",
    "El mar, 1 jul 2025 a las 10:00, Ada (<ada@example.com>) escribió:",
    "Il giorno mar 1 lug 2025 alle ore 10:00 Ada <ada@example.com> ha scritto:",
    "Op di 1 jul 2025 om 10:00 schreef Ada <ada@example.com>:",
    "wt., 1 lip 2025 o 10:00 Ada <ada@example.com> napisał(a):",
    "Em ter., 1 de jul. de 2025 às 10:00, Ada <ada@example.com> escreveu:",
    "Ada <ada@example.com>, 1 Tem 2025 Sal, 10:00 tarihinde şunu yazdı:",
    "2025年7月1日(火) 10:00 Ada <ada@example.com>:",
    "Ada <ada@example.com> 于2025年7月1日周二 10:00写道：",
    "在 2025年7月1日，10:00，Ada <ada@example.com> 写道：",
    "2025년 7월 1일 (화) 오전 10:00, Ada <ada@example.com>님이 작성:",
    "Vào Th 3, 1 thg 7, 2025 vào lúc 10:00 Ada <ada@example.com> đã viết:",
    "ในวันที่ อ. 1 ก.ค. 2025 เวลา 10:00 Ada <ada@example.com> เขียนว่า:",
    "Den tis 1 juli 2025 kl 10:00 skrev Ada <ada@example.com>:",
    "út 1. 7. 2025 v 10:00 odesílatel Ada <ada@example.com> napsal:",
    "Ada <ada@example.com> ezt írta (időpont: 2025. júl. 1., K, 10:00):",
]
BARE_INTRODUCTIONS = [
    "---- On Tue, 01 Jul 2025 10:00:00 +0700 Ada <ada@example.com> wrote ----",
    "##- Please reply above this line -##",
]
UNKNOWN_LANGUAGE = "ਮੰਗਲ 1 2025 10:00 Ada <ada@example.com> xxxxx:"
HEADER_BLOCKS = [
    "From: Ada <ada@example.com>\nSent: Tuesday, July 1, 2025 10:00 AM\nTo: Dana <dana@example.com>\nSubject: "
    "Re: Order",
    "*From:* Ada\n*Sent:* Tuesday\n*To:* Dana\n*Subject:* Re: Order",
    "From: Ada\n\nDate: Tuesday\n\nTo: Dana\n\nSubject: x",
    "Von: Ada\nGesendet: Dienstag\nAn: Dana\nBetreff: x",
    "De : Ada\nEnvoyé : mardi\nÀ : Dana\nObjet : x",
    "De: Ada\nEnviado el: martes\nPara: Dana\nAsunto: x",
    "Da: Ada\nInviato: martedì\nA: Dana\nOggetto: x",
    "Van: Ada\nVerzonden: dinsdag\nAan: Dana\nOnderwerp: x",
    "Dari: Ada <ada@example.com>\nDikirim: Selasa\nKepada: Dana\nSubjek: x",
    "Від: Ада\nНадіслано: вівторок\nКому: Дана\nТема: x",
    "От: Ада\nОтправлено: вторник\nКому: Дана\nТема: x",
    "Od: Ada\nWysłano: wtorek\nDo: Dana\nTemat: x",
    "Kimden: Ada\nGönderildi: Salı\nKime: Dana\nKonu: x",
    "发件人: Ada\n发送时间: 2025年7月1日\n收件人: Dana\n主题: x",
    "差出人: Ada\n送信日時: 2025\n宛先: Dana\n件名: x",
    "보낸 사람: Ada\n보낸 날짜: 2025\n받는 사람: Dana\n제목: x",
    "Từ: Ada\nĐã gửi: Thứ ba\nĐến: Dana\nChủ đề: x",
    "จาก: Ada\nส่ง: วันอังคาร\nถึง: Dana\nเรื่อง: x",
]
ORIGINALS = [
    "-----Original Message-----",
    "-------- Original message --------",
    "--- Original Message ---",
    "----- Pesan Asli -----",
    "-------- Оригінальне повідомлення --------",
    "-----Исходное сообщение-----",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "------------------ 原始邮件 ------------------",
    "-----元のメッセージ-----",
    "-----원본 메시지-----",
    "-----Thư gốc-----",
]
SIGNATURES = [
    "Sent from my iPhone",
    "Dikirim dari iPhone saya",
    "Dikirim dari Yahoo Mail di Android",
    "Dikirim dari ponsel cerdas Samsung Galaxy saya.",
    "Надіслано з iPhone",
    "Надіслано з пошти Ukr.net",
    "Отправлено с iPhone",
    "Отправлено из мобильной Почты Mail.ru",
    "Von meinem iPhone gesendet",
    "Gesendet von Outlook für Android",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Wysłane z iPhone'a",
    "iPhone'umdan gönderildi",
    "iPhoneから送信",
    "发自我的iPhone",
    "나의 iPhone에서 보냄",
    "Đã gửi từ iPhone của tôi",
    "ส่งจาก iPhone ของฉัน",
    "Dihantar daripada iPhone saya",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent with Proton Mail secure email.",
    "-- \nDana Doe\nExample Ltd",
    "--\nDana",
]
CUSTOMERS_OWN = [
    "From: Jakarta\nTo: Bandung\nDate: 5 May\nWeight: 3 kg",
    "Dari: Jakarta\nKe: Bandung\nTanggal: 5 Mei",
    "Від: Києва\nДо: Львова",
    "On Monday your colleague wrote: it comes tomorrow. It did not.",
    "On 5 May 2025 your colleague wrote:\nIt comes tomorrow.\nBut it did not come!",
    "He wrote:\nhello",
    "Dear team,\n\nSent from Jakarta on Monday.\nWhere is it?",
    "Sent from my old address to the new one, please change?",
    "Dikirim dari Jakarta kemarin, belum sampai",
    "Paket dikirim dari toko Samsung kemarin.\nMana?",
    "My order:\n- 1 shirt\n--- urgent ---\n- 2 hats",
    "Subject: my order\nHello",
    "Hello\n\nBest regards,\nDana Doe\n+62 812 000",
    "Original message was lost.",
    "5 < 6\n>_< sad",
    "I paid 10.00 on 1.7.2025 as written:\nIDR 100",
]
FORWARDS = [
    "Please see.\n\n---------- Forwarded message ---------\nFrom: X <x@example.com>\nDate: Tue\nSubject: y\nTo: "
    "z\n\nThe invoice",
    "Begin forwarded message:\n\n> From: X\n> Subject: y\n>\n> invoice",
    "Lihat ini\n\n---------- Pesan terusan ---------\nDari: X <x@example.com>\n\nTagihan",
    "Дивіться\n\n---------- Переслане повідомлення ---------\nВід: X <x@example.com>\n\nРахунок",
]
HTML = {
    "Gmail": '<div dir="ltr">{words}</div><br><div class="gmail_quote"><div class="gmail_attr">Xx Ada:<br></div>'
    '<blockquote class="gmail_quote">Your parcel<br></blockquote></div>',
    "Gmail signature": '<div>{words}</div><div>-- <br><div class="gmail_signature">Dana<br>CEO</div></div>',
    "Outlook": '<p>{words}</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
    "<p><b>Xx:</b> Ada"
    "<br><b>Yy:</b> Tue</p></div></div><p>Your parcel</p>",
    "Outlook on the web": '<div>{words}</div><div id="appendonsend"></div><hr>'
    '<div id="divRplyFwdMsg"><b>From:</b> Ada</div><div>Your</div>',
    "Apple": '{words}<br><div><br><blockquote type="cite"><div>On Jul 1, 2025, at 10:00, Ada &lt;ada@example.com&gt; wrote:</div>'
    "<br><div>Your parcel</div></blockquote></div>",
    "Yahoo": '<div>{words}</div><div id="yahoo_quoted_1" class="yahoo_quoted">'
    "<div>On Tue Ada wrote:</div><div>Your parcel</div></div>",
    "ProtonMail": '<div>{words}</div><div class="protonmail_signature_block"><div>Sent with Proton Mail</div></div>'
    '<div class="protonmail_quote">On Tuesday Ada wrote:<br><blockquote type="cite">Your parcel</blockquote></div>',
    "Thunderbird, answer below": '<div class="moz-cite-prefix">On 1/7/25 10:00, Ada wrote:<br></div>'
    '<blockquote type="cite">Your parcel'
    '</blockquote><p>{words}</p><pre class="moz-signature">-- \nDana</pre>',
}


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_quotation_with_marks_is_cut_with_what_introduces_it(introduction):
    assert reply_text(f"{WORDS}\n\n{introduction}\n\n{OLD}\n") == ReplyParts(WORDS, f"{introduction}\n\n{OLD}")


def test_an_address_and_a_time_above_a_quotation_introduce_it_in_any_language():
    assert reply_text(f"{WORDS}\n\n{UNKNOWN_LANGUAGE}\n\n{OLD}").reply_text == WORDS


@pytest.mark.parametrize("introduction", [*INTRODUCTIONS, *BARE_INTRODUCTIONS])
def test_quotation_without_marks_is_cut(introduction):
    assert reply_text(f"{WORDS}\n\n{introduction}\n\nYour parcel\nRegards\n").reply_text == WORDS


@pytest.mark.parametrize("rule", ["", "________________________________\n"])
@pytest.mark.parametrize("block", HEADER_BLOCKS)
def test_quotation_under_a_copied_header_is_cut(block, rule):
    assert reply_text(f"{WORDS}\n\n{rule}{block}\n\nYour parcel") == ReplyParts(WORDS, f"{rule}{block}\n\nYour parcel")


@pytest.mark.parametrize("line", ORIGINALS)
def test_quotation_under_original_message_is_cut(line):
    assert reply_text(f"{WORDS}\n\n{line}\nYour parcel").reply_text == WORDS


@pytest.mark.parametrize("rest", ["", f"\n\n{WROTE}\n{OLD}\n"])
@pytest.mark.parametrize("signature", SIGNATURES)
def test_signature_is_cut(signature, rest):
    parts = reply_text(f"{WORDS}\n\n{signature}{rest}")
    assert (parts.reply_text, parts.signature) == (WORDS, signature)


@pytest.mark.parametrize("text", CUSTOMERS_OWN)
def test_words_that_only_look_like_quotations_stay(text):
    assert reply_text(text) == ReplyParts(text)


@pytest.mark.parametrize("text", FORWARDS)
def test_forwarded_mail_is_kept_whole(text):
    assert reply_text(text) == ReplyParts(text)


@pytest.mark.parametrize("program", HTML)
def test_quotation_in_html_is_cut(program):
    assert reply_text_of_html(HTML[program].format(words=WORDS)).reply_text == WORDS


def test_answer_below_the_quotation_is_kept():
    assert reply_text(f"{WROTE}\n{OLD}\n\n{WORDS}\n").reply_text == WORDS


def test_answers_between_quotations_are_kept():
    text = f"Hi,\n\n{WROTE}\n> When?\n\nOn Monday.\n\n> Which?\n\nRed.\n"
    assert reply_text(text) == ReplyParts("Hi,\n\nOn Monday.\n\nRed.", f"{WROTE}\n> When?\n> Which?")


def test_mail_that_is_only_a_quotation_is_kept_whole():
    assert reply_text(f"{WROTE}\n{OLD}") == ReplyParts(f"{WROTE}\n{OLD}")


def test_empty_text_has_no_parts():
    assert reply_text("") == ReplyParts("")


def test_marks_cannot_be_written_by_the_sender():
    assert reply_text(f"{WORDS}\n\x02quotes\nmore").reply_text == f"{WORDS}\nquotes\nmore"


@pytest.mark.parametrize(
    "unit",
    [
        "a:\n",
        "> x\n",
        "1 2025 10:00:\n",
        "From: a\n",
        "From: a\nx\nx\n",
        "-----\n",
        "wrote:\n> x\n",
        ":",
        "-",
        "_",
        ">",
        " ",
        "On ",
        "\n",
        "-- \n",
        "Sent from my ",
        "a\n> b\n",
        "a:\n> b\n",
        "- " * 240 + "\n",
        "*" * 900 + ":\n",
        " " * 400 + ":\n",
        "wrote " * 60 + "2025 :\n",
        "On a@b.c 2025 10:00 " * 18 + ":\n",
        "." * 60 + "<a@",
        "sent from " * 11 + "\n",
    ],
)
def test_a_megabyte_is_read_in_time(unit):
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    reply_text(text)
    assert time.process_time() - started < 1


@given(
    st.lists(
        st.sampled_from(
            [WROTE, "> x", "", WORDS, "-- ", "From: a", "Subject: b", "To: c", "Sent from my iPhone", "\x02quotes"]
        )
    )
)
@settings(max_examples=300, deadline=None)
def test_no_line_is_lost_and_none_is_invented(lines):
    text = "\n".join(lines)
    parts = reply_text(text)
    found = sorted(
        line for part in (parts.reply_text, parts.quoted, parts.signature) for line in part.split("\n") if line.strip()
    )
    assert [line.rstrip() for line in found] == sorted(
        line.replace("\x02", "").rstrip() for line in lines if line.strip()
    )
