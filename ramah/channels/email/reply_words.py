"""The words by which mail programs of many languages mark quotations, forwards and signatures.

Only words; `reply_text` has the rules. Collected from what Gmail, Outlook, Apple Mail, Yahoo, Thunderbird, ProtonMail, mail.ru
and ukr.net write in each language.
"""

# Ends of "On <date> <somebody> wrote:"; in German or Dutch the name comes after them.
WROTE = (
    "wrote|writes|wrote the following|menulis|tulis|telah menulis|menulis yang berikut|пише|пишуть"
    r"|написав|написала|написав\(ла\)|написав\(-ла\)|написав\(а\)|пишет|написал|написала|написал\(а\)"
    r"|писал|писал\(а\)|писав|писала|schrieb|schreibt|hat geschrieben|geschrieben|a écrit|écrit|escribió"
    r"|escribio|ha escrit|ha scritto|scrisse|schreef|heeft geschreven|napisał|napisała|napisał\(a\)"
    r"|napisał/a|pisze|escreveu|yazdı|yazmış|şunu yazdı|skrev|kirjoitti|napsal|napsala|napsal\(a\)|napísal"
    r"|napísala|napísal\(a\)|ezt írta|írta|a scris|έγραψε|написа|је написао|je napisao|je napisala|写道|寫道"
    "|写到|寫到|写信|さんは書きました|が書きました|のメール|님이 작성|작성|쓴 글|đã viết|viết|เขียนว่า|เขียน|כתב|כתבה|كتب|schreiben"
)
# Beginnings of the same.
ON = (
    "on|pada|pada tanggal|am|le|el|il|op|em|no dia|den|dne|dnia|w dniu|vào|vào lúc|lúc|ในวันที่|เมื่อ"
    "|στις|pe|în data de|në|у|в|вт|пн|ср|чт|пт|сб|нд|вс|понеділок|вівторок|середа|четвер|пʼятниця"
    "|п'ятниця|субота|неділя|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|wt|pon|śr|czw"
    "|pt|sob|niedz|út|po|st|čt|pá|so|ne|ti|ma|ke|to|pe|la|su|在|于|於|في|בתאריך|dana"
)
ORIGINAL = (
    "original message|original|reply message|replied message|pesan asli|pesan awal|mesej asal"
    "|оригінальне повідомлення|вихідне повідомлення|початкове повідомлення|первинне повідомлення"
    "|исходное сообщение|оригинальное сообщение|исходное письмо|ursprüngliche nachricht|originalnachricht"
    "|original-nachricht|originalmeddelande|original meddelelse|message d'origine|message d’origine"
    "|message original|mensaje original|messaggio originale|oorspronkelijk bericht|origineel bericht"
    "|wiadomość oryginalna|oryginalna wiadomość|mensagem original|orijinal mesaj|özgün ileti"
    "|původní zpráva|pôvodná správa|eredeti üzenet|mesajul original|alkuperäinen viesti"
    "|opprinnelig melding|oprindelig meddelelse|ursprungligt meddelande|αρχικό μήνυμα|original e-mail"
    "|原始邮件|原始郵件|原邮件|原始信息|元のメッセージ|オリジナルメッセージ"
    "|원본 메시지|원본 메일|원본메일|thư gốc|tin nhắn gốc|thư ban đầu"
    "|ข้อความต้นฉบับ|ข้อความเดิม|الرسالة الأصلية|הודעה מקורית"
)
FORWARDED = (
    "forwarded message|forwarded by|begin forwarded message|pesan terusan|pesan yang diteruskan"
    "|pesan diteruskan|awal pesan terusan|mesej yang dimajukan|mulai pesan terusan|переслане повідомлення"
    "|перенаправлене повідомлення|початок пересланого повідомлення|пересланий лист|пересылаемое сообщение"
    "|пересланное сообщение|начало переадресованного сообщения|начало пересылаемого сообщения"
    "|перенаправленное сообщение|weitergeleitete nachricht|anfang der weitergeleiteten nachricht"
    "|message transféré|début du message transféré|début du message réexpédié|mensaje reenviado"
    "|inicio del mensaje reenviado|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht"
    "|begin doorgestuurd bericht|wiadomość przekazana|przekazana wiadomość"
    "|początek przekazywanej wiadomości|mensagem encaminhada|mensagem reencaminhada"
    "|início da mensagem encaminhada|iletilen mesaj|yönlendirilen mesaj|iletilmiş ileti"
    "|yönlendirilmiş ileti|vidarebefordrat meddelande|vidarebefordrat brev|videresendt melding"
    "|videresendt meddelelse|videresendt besked|välitetty viesti|přeposlaná zpráva|preposlaná správa"
    "|továbbított üzenet|mesaj redirecționat|προωθημένο μήνυμα|转发的邮件|转发邮件|已转发邮件|轉寄郵件|轉寄的郵件|転送メッセージ"
    "|転送されたメッセージ|전달된 메시지|전달된 메일|thư đã chuyển tiếp|tin nhắn được chuyển tiếp|tin nhắn đã chuyển tiếp"
    "|ข้อความที่ส่งต่อ|رسالة تمت إعادة توجيهها|הודעה שהועברה"
)
REPLY_ABOVE = (
    "reply above this line|type your reply above|write above this line|balas di atas baris ini"
    "|tulis balasan anda di atas|відповідайте над цією лінією|напишіть відповідь над цим рядком"
    "|пишіть над цією лінією|ответьте выше этой линии|antworten sie oberhalb dieser linie"
    "|répondez au-dessus de cette ligne|responda por encima de esta línea"
)
# A blank inside a key is written as a no-break space.
FIELDS = {
    "from": (
        "from von de da van od від от dari daripada kimden gönderen från fra lähettäjä feladó de\u00a0la από "
        "מאת من 发件人 寄件者 寄件人 差出人 送信元 送信者 "
        "보낸\u00a0사람 보낸사람 발신 từ người\u00a0gửi จาก отправитель відправник expéditeur "
        "absender mittente remitente nadawca afzender pengirim"
    ),
    "date": (
        "sent date gesendet datum envoyé enviado enviado\u00a0el fecha inviato data verzonden wysłano wysłane "
        "надіслано дата відправлено отправлено dikirim tanggal terkirim dihantar tarikh gönderildi tarih "
        "gönderme\u00a0tarihi skickat sendt dato lähetetty päiväys odesláno elküldve dátum trimis στάλθηκε "
        "ημερομηνία 发送时间 发送日期 日期 时间 時間 寄件日期 送信日時 "
        "日時 日付 보낸\u00a0날짜 보낸날짜 날짜 발송일 đã\u00a0gửi ngày gửi ส่ง วันที่ "
        "ส่งเมื่อ تاريخ التاريخ תאריך נשלח date\u00a0d'envoi sent\u00a0at data\u00a0wysłania"
    ),
    "to": (
        "to an à a para aan do кому kepada ke untuk kime alıcı till til vastaanottaja komu címzett către "
        "προς 收件人 收件者 宛先 "
        "받는\u00a0사람 받는사람 수신 tới đến người\u00a0nhận ถึง إلى אל destinataire empfänger destinatario "
        "adresat penerima отримувач получатель"
    ),
    "subject": (
        "subject betreff objet asunto oggetto onderwerp temat тема subjek perihal judul konu ämne emne "
        "aihe předmět predmet tárgy subiect θέμα 主题 主題 主旨 标题 件名 제목 chủ\u00a0đề tiêu\u00a0đề เรื่อง หัวเรื่อง "
        "ชื่อเรื่อง الموضوع נושא assunto re"
    ),
    "cc": (
        "cc копія копия kopie tembusan salinan dw bilgi kopia kopi kopio másolat 抄送 副本 参照 참조 đồng\u00a0gửi "
        "สำเนา cópia copia bcc importance priority reply-to attachments"
    ),
}
# A line at the end: a verb of sending and a device or program.
SENT_FIRST = (
    "sent from|sent via|sent with|sent using|get outlook for|dikirim dari|dikirim melalui"
    "|dikirim menggunakan|dikirim via|terkirim dari|dapatkan outlook|unduh outlook|надіслано з"
    "|надіслано із|надіслано за допомогою|надіслано через|надсилається|відправлено з|відправлено із"
    "|відправлено за допомогою|отримати outlook|завантажте outlook|отправлено с|отправлено из"
    "|отправлено через|отправлено от|послано с|скачать outlook|gesendet von|gesendet mit|gesendet über"
    "|holen sie sich outlook|laden sie outlook|envoyé de|envoyé depuis|envoyé à partir|envoyé avec"
    "|télécharger outlook|obtenez outlook|téléchargez outlook|enviado desde|enviado con|enviado de"
    "|enviado do|enviado pelo|enviado a partir|obtener outlook|obter o outlook|descargar outlook"
    "|inviato da|inviato dal|inviato con|scarica outlook|ottieni outlook|verzonden vanaf|verzonden met"
    "|verzonden via|verstuurd vanaf|download outlook|outlook voor|wysłano z|wysłane z|wysłano za"
    "|wysłane za|pobierz outlook|发自|發自|来自|來自|從我的|从我的|gửi từ|đã gửi từ|ส่งจาก|dihantar daripada"
    "|dihantar dari|skickat från|sendt fra|lähetetty|odesláno z|odoslané z|trimis de pe|στάλθηκε από"
    "|sendt fra min|poslano z|poslano s|von meinem|enviat des"
)
SENT_LAST = "gesendet|gönderildi|から送信|から送信されました|에서 보냄|에서 전송|에서 보낸 메일|傳送|küldve|發送"
DEVICES = (
    r"iphone|ios\b|ipad|ipod|android|samsung|galaxy|xiaomi|redmi|poco\b|huawei|honor|oppo|vivo\b|realme"
    "|nokia|sony|xperia|motorola|lenovo|oneplus|pixel|blackberry|windows|outlook|yahoo|gmail|proton"
    r"|mail\b|mail\.ru|ukr\.net|i\.ua|яндекс|yandex|aol|thunderbird|spark|airmail|mobile|smartphone"
    r"|\bphone|handy\b|телефон|смартфон|планшет|пристро|устройств|мобільн|мобильн|айфон|ponsel|\bhp\b"
    "|perangkat|tablet|telepon|пошт|почт|móvil|mobil|telefon|cellulare|téléphone|portable|dispositivo|手机"
    "|手機|スマホ|携帯|스마트폰|điện thoại|โทรศัพท์|我的"
)
CONFIDENTIAL = (
    "(?:this|the information in this|the contents of this) (?:e-?mail|message"
    r"|communication)\b.{0,80}(?:confidential|intended)|confidentiality (?:notice|note)|disclaimer\b"
    "|(?:e-?mail|surel|pesan) ini (?:bersifat rahasia|dan (?:setiap )?lampiran|hanya ditujukan"
    r"|mungkin berisi)|(?:цей|даний) (?:лист|електронний лист)\b.{0,60}(?:конфіденційн|призначен)"
    r"|це повідомлення\b.{0,60}конфіденційн|(?:это|данное) (?:сообщение|письмо)\b.{0,60}конфиденциальн"
    r"|diese e-mail (?:enthält|ist)\b.{0,40}vertraulich|ce (?:message|courriel|mail)\b.{0,60}confidentiel"
    r"|este (?:mensaje|correo)\b.{0,60}confidencial|virus-free\b|this email has been (?:checked"
    "|scanned) for viruses|цей лист перевірено"
)
