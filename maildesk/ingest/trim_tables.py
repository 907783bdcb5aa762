"""What mail clients write around a quotation, by language: data for ``trim`` and ``forward``.

Adding a language is adding rows here. Entries are written as people write them; ``plain`` folds them at import
exactly as it folds a mail, so case, ی/ي, ک/ك, ZWNJ, bidi marks and digits of any script need no variants.
"""

from __future__ import annotations

from enum import Enum


class Label(Enum):
    """What a line of a quoted header block names."""

    FROM = "from"
    DATE = "date"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"
    OTHER = "other"


_UNSEEN = (
    "\u00ad\u034f\u061c\u0640\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060"
    "\u2066\u2067\u2068\u2069\ufeff\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0654\u0655\u0670"
)
_SPACES = "\t\r\x0b\x0c\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_SAME = {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "：": ":", "＞": ">", "٫": "."}
_SAME |= dict.fromkeys("\u2010\u2011\u2212", "-")
_DIGITS = ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９")
_PLAIN = (
    dict.fromkeys(_UNSEEN, "")
    | dict.fromkeys(_SPACES, " ")
    | _SAME
    | {digit: str(value) for digits in _DIGITS for value, digit in enumerate(digits)}
)


def plain(text: str) -> str:
    """Lower-case text without marks nobody sees, with ASCII digits and one form of each letter; line breaks stay."""
    if text.isascii():
        return text.replace("\t", " ").replace("\r", " ").lower()
    # No replacement is itself replaced, so their order is no matter; str.translate takes three times as long.
    for sign in _PLAIN.keys() & set(text):
        text = text.replace(sign, _PLAIN[sign])
    return text.lower()


def _words(*groups: str) -> tuple[str, ...]:
    """Split "a | b | c" lists, folded, each entry once, longest first."""
    found = {plain(entry).strip() for group in groups for entry in group.split("|")}
    return tuple(sorted(found - {""}, key=lambda entry: (-len(entry), entry)))


_LABELS = {
    Label.FROM: (
        "from | von | absender | de | expéditeur | remitente | remetente | da | mittente | van | afzender | från"
        "| avsändare | fra | od | nadawca | от | от кого | отправитель | від | від кого | 发件人 | 寄件者 | 寄件人"
        "| 差出人 | 送信者 | 送信元 | از | از طرف | فرستنده | من | المرسل | מאת | שולח | kimden | gönderen"
        "| lähettäjä | 보낸 사람 | feladó | de la | από"
    ),
    Label.DATE: (
        "sent | date | sent at | date sent | gesendet | gesendet am | datum | envoyé | envoyé le | date d'envoi"
        "| enviado | enviado el | enviada em | enviado em | enviada | fecha | fecha de envío | data | inviato"
        "| data invio | verzonden | verzonden op | skickat | skickat den | sendt | dato | wysłano | wysłane"
        "| отправлено | дата | дата отправки | надіслано | 发送时间 | 发送日期 | 日期 | 时间 | 寄件日期 | 傳送時間"
        "| 已傳送 | 日付 | 送信日時 | 送信日 | تاریخ | ارسال شده | ارسال‌شده | ارسال شده در | فرستاده شده | فرستاده‌شده"
        "| زمان ارسال | تاریخ ارسال | زمان | تم الإرسال | أُرسلت | أرسلت | تاريخ الإرسال | التاريخ | الإرسال | נשלח"
        "| תאריך | נשלח ב | gönderildi | gönderilme tarihi | tarih | lähetetty | päivämäärä | odesláno | 보낸 날짜"
        "| 날짜 | elküldve | dátum | trimis | στάλθηκε | ημερομηνία"
    ),
    Label.TO: (
        "to | an | empfänger | à | a | para | per | aan | naar | till | til | do | komu | кому | 收件人 | 收件者"
        "| 宛先 | به | گیرنده | گیرندگان | إلى | الى | المستلم | אל | לכבוד | kime | vastaanottaja | 받는 사람"
        "| címzett | către | προς | destinataire | destinatario | destinatário | pour"
    ),
    Label.CC: (
        "cc | bcc | kopie | kopie (cc) | cópia | copie | copia | con copia | kopia | kopi | kopia do | dw | udw"
        "| копия | копія | 抄送 | 副本 | رونوشت | نسخه | نسخة | نسخة إلى | העתק | עותק | bilgi | kopio | 참조"
        "| másolat | κοιν"
    ),
    Label.SUBJECT: (
        "subject | betreff | objet | sujet | asunto | oggetto | assunto | onderwerp | ämne | emne | temat | тема"
        "| 主题 | 主旨 | 件名 | موضوع | عنوان | الموضوع | נושא | konu | aihe | předmět | věc | 제목 | tárgy | subiect"
        "| θέμα"
    ),
    Label.OTHER: (
        "reply-to | reply to | importance | priority | attachments | antwort an | antworten an | wichtigkeit"
        "| anlagen | anlage | répondre à | pièces jointes | responder a | importancia | datos adjuntos | anexos"
        "| allegati | bijlagen | bilagor | załączniki | вложения | 附件 | 添付ファイル | پیوست | پیوست‌ها | اهمیت"
        "| پاسخ به | المرفقات | الرد إلى | קבצים מצורפים"
    ),
}
LABELS = {word: label for label, group in _LABELS.items() for word in _words(group)}
"""The word before the colon -> what it names."""

WROTE = _words(
    "wrote | writes | sent | has written | schrieb | hat geschrieben | schreibt | a écrit | écrit | a envoyé",
    "escribió | escribio | ha escrito | ha scritto | scrive | escreveu | enviou | schreef | heeft geschreven",
    "het volgende geschreven | skrev | har skrevet | har skrivit | napisał | napisała | napisał(a) | pisze | писал",
    "писала | писал(а) | написал | написала | написал(а) | пишет | написав | 写道 | 写到 | 寫道 | 写了 | のメール",
    "さんは書きました | は書きました | が書きました | さんのメッセージ | نوشت | نوشته است | نوشته | نوشته‌است",
    "نوشتند | ارسال کرد | فرستاد | پیام داد | كتب | كتبت | كتب/كتبت | كتب ما يلي | تمت كتابة ما يلي بواسطة | أرسل",
    "כתב | כתבה | כתב/ה | כתב(ה) | כתבו | כותב | מאת | yazdı | şunu yazdı | şunları yazdı | kirjoitti | napsal",
    "napsal(a) | napsala | 작성 | 님이 작성 | ezt írta | írta | a scris | έγραψε | đã viết | napísal | je napisal",
    "menulis",
)
"""Words that end or begin "X wrote:" (a search inside a short line that has a date or an address)."""

_FIRST_WORDS = _words(
    "on | at | le | am | el | il | il giorno | em | no dia | op | den | på | tor | w | w dniu | dnia | в | в письме",
    "kl | tirsdag | onsdag | torsdag | fredag | lørdag | søndag | mandag | 在 | 於 | 于 | dne | pe | a | στις | vào",
    "pada | در | در تاریخ | به تاریخ | تاریخ | روز | في | فی | بتاريخ | يوم | ב | בתאריך | ביום | בשעה | mon | tue",
    "wed | thu | fri | sat | sun | monday | tuesday | wednesday | thursday | friday | saturday | sunday | lun | mar",
    "mer | jeu | ven | sam | dim | jue | vie | sáb | dom | gio | sab | seg | ter | qua | qui | sex | mo | di | mi",
    "do | fr | sa | so | ma | wo | vr | za | zo | montag | dienstag | mittwoch | donnerstag | freitag | samstag",
    "sonntag | mån | tis | ons | tors | fre | lör | sön | man | tir | lør | søn | pon | wt | śr | czw | pt | sob",
    "niedz | пн | вт | ср | чт | пт | сб | вс | понедельник | вторник | среда | четверг | пятница | суббота",
    "воскресенье | شنبه | یکشنبه | یک‌شنبه | دوشنبه | سه‌شنبه | چهارشنبه | پنجشنبه | پنج‌شنبه | جمعه | الأحد | الاثنين",
    "الإثنين | الثلاثاء | الأربعاء | الخميس | الجمعة | السبت | pzt | sal | çar | per | cum | cmt | paz",
)
STARTERS = frozenset(entry.partition(" ")[0] for entry in _FIRST_WORDS)
"""First words of an attribution; a digit does as well."""

LETTER_STARTERS = "ב在於于"
"""Prepositions that stick to what follows them."""

ORIGINAL = _words(
    "ursprüngliche mail | mail original | courriel original | correo original | messaggio originale",
    "e-mail original | original message | reply message | original mail | original email | original-nachricht",
    "ursprüngliche nachricht | originalnachricht | antwort nachricht | originale nachricht | message d'origine",
    "message original | message initial | mensaje original | mensagem original | oorspronkelijk bericht",
    "origineel bericht | originalmeddelande | ursprungligt meddelande | ursprungligt e-postmeddelande",
    "oprindelig meddelelse | original meddelelse | opprinnelig melding | original melding | wiadomość oryginalna",
    "oryginalna wiadomość | исходное сообщение | оригинальное сообщение | 原始邮件 | 原始郵件 | 原邮件 | 原始信息",
    "邮件原件 | 元のメッセージ | original appointment | alkuperäinen viesti | původní zpráva | orijinal mesaj",
    "özgün ileti | پیام اصلی | پیغام اصلی | ایمیل اصلی | نامه اصلی | پیام اولیه | الرسالة الأصلية | رسالة أصلية",
    "ההודעה המקורית | הודעה מקורית | 원본 메시지 | eredeti üzenet | mesaj original | αρχικό μήνυμα",
    "вихідне повідомлення | original besked | oprindelig besked",
)
"""Between dashes: the quoted mail begins."""

FORWARDED = _words(
    "forwarded message | forwarded mail | forwarded email | forwarded by | begin forwarded message",
    "weitergeleitete nachricht | weitergeleitete mail | anfang der weitergeleiteten nachricht | message transféré",
    "début du message transféré | début du message réexpédié | message réexpédié | mensaje reenviado",
    "inicio del mensaje reenviado | messaggio inoltrato | inizio messaggio inoltrato | mensagem encaminhada",
    "mensagem reencaminhada | início da mensagem encaminhada | início da mensagem reencaminhada",
    "doorgestuurd bericht | begin doorgestuurd bericht | vidarebefordrat meddelande | vidarebefordrat brev",
    "vidarebefordrat mejl | videresendt meddelelse | videresendt besked | videresendt melding | videresendt mail",
    "start på videresendt besked | videresendt e-post | przekazana wiadomość | wiadomość przekazana",
    "wiadomość przekazana dalej | пересылаемое сообщение | пересланное сообщение",
    "начало переадресованного сообщения | перенаправленное сообщение | 转发邮件 | 转发的邮件 | 已转发的邮件",
    "轉寄郵件 | 轉寄的郵件 | 轉寄信件 | 开始转发的邮件 | 转发邮件信息 | 転送メッセージ | 転送されたメッセージ",
    "転送メール | پیام هدایت‌شده | پیام هدایت شده | پیام بازارسال‌شده | پیام بازارسال شده | پیام فوروارد شده",
    "پیام فوروارد‌شده | نامه هدایت‌شده | ایمیل هدایت‌شده | آغاز پیام هدایت‌شده | شروع پیام هدایت‌شده | پیام ارسال مجدد",
    "پیام ارجاع‌شده | رسالة معاد توجيهها | رسالة معاد إرسالها | رسالة محولة | الرسالة المعاد توجيهها",
    "بدء الرسالة المعاد توجيهها | הודעה שהועברה | ההודעה שהועברה | הודעה מועברת | תחילת ההודעה שהועברה",
    "iletilen mesaj | yönlendirilmiş mesaj | välitetty viesti | přeposlaná zpráva | 전달된 메시지",
    "továbbított üzenet | mesaj redirecționat | προωθημένο μήνυμα | переслане повідомлення",
)
"""A forwarded mail begins: it is what the writer wants to show, so it stays."""

REPLY_ABOVE = _words(
    "reply above this line | type your reply above this line | write above this line | please reply above",
    "reply above the line | answer above this line | antworten sie oberhalb dieser linie",
    "bitte antworten sie über dieser zeile | oberhalb dieser zeile | répondre au-dessus de cette ligne",
    "répondez au-dessus de cette ligne | responda por encima de esta línea | rispondi sopra questa riga",
    "responda acima desta linha | schrijf uw antwoord boven deze regel | پاسخ خود را بالای این خط بنویسید",
    "پاسخ را بالای این خط بنویسید | بالای این خط بنویسید | بالای این خط پاسخ دهید | اكتب ردك أعلى هذا السطر",
    "يرجى الرد أعلى هذا السطر | ללא שינוי מעל שורה זו | נא להשיב מעל שורה זו",
)
"""Markers of helpdesks: whatever stands below is theirs."""

DEVICES = _words(
    "iphone | ipad | ipod | android | samsung | galaxy | huawei | honor | xiaomi | redmi | oneplus | pixel",
    "motorola | nokia | htc | blackberry | sony | xperia | lg | oppo | vivo | realme | windows phone | windows",
    "outlook | yahoo | gmail | icloud | proton | protonmail | proton mail | aol | mail.ru | yandex | thunderbird",
    "spark | mailspring | zimbra | roundcube | k-9 | fairemail | gmx | web.de | t-online | tuta | tutanota",
    "myphone | mobile | mobile phone | smartphone | phone | tablet | cell | ios | acompli | mailbox | mac | handy",
    "mobiltelefon | téléphone | portable | móvil | teléfono | celular | dispositivo | cellulare | telemóvel",
    "telefoon | mobiel | telefon | mobil | komórk | телефон | смартфон | мобильн | почт | 手机 | 手機 | 携帯",
    "スマートフォン | 邮箱 | qq | آیفون | ایفون | آیپد | اندروید | گوشی | موبایل | تلفن | همراه | تبلت | سامسونگ",
    "گلکسی | شیائومی | هواوی | جیمیل | یاهو | اوتلوک | هاتف | الهاتف | جوال | الجوال | آيفون | أندرويد | سامسونج",
    "טלפון | נייד | אייפון | אנדרואיד | סמסונג | גלקסי",
)
"""What a mail is "sent from"; without one of these such a line is the writer's own."""

SENT_FROM = _words(
    "yahoo mail: search | yahoo mail: suche | sent from | sent via | sent using | sent with | sent on | sent by",
    "get outlook for | download outlook | via mobile | gesendet von | gesendet mit | diese nachricht wurde von",
    "holen sie sich outlook | outlook für | outlook for | envoyé de | envoyé depuis | envoyé à partir | envoyé avec",
    "obtenez outlook | télécharger outlook | obtenir outlook | enviado desde | enviado con | enviado mediante",
    "obtener outlook | enviado do | enviado de | enviado a partir | enviado pelo | obter o outlook",
    "obtenha o outlook | inviato da | inviato dal | inviato con | ottieni outlook | scarica outlook",
    "verzonden vanaf | verzonden met | verstuurd vanaf | verstuurd met | verstuurd via | outlook downloaden",
    "skickat från | skickat med | hämta outlook | sendt fra | sendt med | sendt via | hent outlook | få outlook",
    "skaff deg outlook | wysłano z | wysłane z | pobierz program outlook | отправлено с | отправлено из",
    "отправлено от | скачать outlook | 发自我的 | 來自我的 | 来自我的 | 傳送自 | 下载 outlook | 获取 outlook",
    "取得 outlook | ارسال شده از | ارسال‌شده از | ارسال شده با | ارسال‌شده با | فرستاده شده از | فرستاده‌شده از",
    "فرستاده شده با | فرستاده‌شده با | ارسال از | دریافت outlook | أرسلت من | أُرسلت من | أرسل من | مرسل من",
    "تم الإرسال من | تم إرساله من | تم إرسالها من | مرسلة من | الحصول على outlook | احصل على outlook | נשלח מ",
    "נשלח באמצעות | נשלח דרך | קבל את outlook | השג את outlook | הורד את outlook | lähetetty | odesláno z",
    "αποστολή από | надіслано з | diese mail wurde | please excuse | skickad från | skickades från | 发自 | 從我的",
    "از … ارسال شد | از … ارسال شده | از … ارسال شده است | از … فرستاده شد | از … فرستاده شده",
    "از … فرستاده شده است | von … gesendet | … から送信 | … を入手 | … で送信 | … gönderildi",
    "outlook … را دریافت کنید | … lähetetty | … 傳送 | … 发送",
)
"""How the line that a device adds begins; where it ends so as well, "…" stands for the device."""

REGARDS = frozenset(
    _words(
        "regards | kind regards | best regards | warm regards | warmest regards | with regards | with kind regards",
        "with best regards | kindest regards | best wishes | many regards | sincerely | yours sincerely",
        "sincerely yours | yours faithfully | yours truly | respectfully | cordially | kr | br | best",
        "mit freundlichen grüßen | mit freundlichem gruß | mit freundlichen grüssen | freundliche grüße | viele grüße",
        "beste grüße | liebe grüße | herzliche grüße | schöne grüße | grüße | gruß | mfg | lg | vg | hochachtungsvoll",
        "cordialement | bien cordialement | bien à vous | salutations | meilleures salutations | sincères salutations",
        "respectueusement | saludos | saludos cordiales | un saludo | atentamente | cordialmente | un cordial saludo",
        "reciba un cordial saludo | cordiali saluti | distinti saluti | saluti | un saluto | un cordiale saluto",
        "atenciosamente | com os melhores cumprimentos | cumprimentos | melhores cumprimentos | att | abraços",
        "met vriendelijke groet | met vriendelijke groeten | vriendelijke groet | groet | groeten | mvg",
        "hartelijke groet | med vänliga hälsningar | med vänlig hälsning | vänliga hälsningar | hälsningar | mvh | vh",
        "med venlig hilsen | med venlige hilsner | venlig hilsen | hilsen | bedste hilsner | de bedste hilsner | kh",
        "dbh | med vennlig hilsen | vennlig hilsen | beste hilsen | z poważaniem | z powazaniem | pozdrawiam",
        "pozdrowienia | serdecznie pozdrawiam | z wyrazami szacunku | с уважением | с наилучшими пожеланиями",
        "всего доброго | 此致 | 敬上 | 顺颂商祺 | 敬具 | با احترام | با احترام فراوان | با تقدیم احترام",
        "با سپاس و احترام | با تشکر و احترام | ارادتمند | ارادتمند شما | با درود | با مهر | با ادب و احترام",
        "با آرزوی بهترین‌ها | قربان شما | مع التحية | مع تحياتي | مع خالص التحية | تحياتي | مع أطيب التحيات",
        "أطيب التحيات | وتفضلوا بقبول فائق الاحترام | مع فائق الاحترام | مع الاحترام | בברכה | בכבוד רב | בברכה רבה",
        "ברכות | בידידות | saygılarımla | iyi çalışmalar | ystävällisin terveisin | s pozdravem | üdvözlettel",
        "cu stimă | με εκτίμηση | з повагою",
    )
)
"""Closings that are form alone, on a line of their own. Words of thanks are no form: they stay."""

FORWARD_PREFIXES = tuple(
    f"{word}:"
    for word in _words(
        "fw | fwd | wg | weitergeleitet | tr | rv | i | enc | encaminhada | doorst | vb | vs | vl | vidarebefordrat",
        "pd | przek | пересл | 转发 | 轉寄 | 転送 | هدایت | ارجاع | بازارسال | فوروارد | إعادة توجيه | محولة | הועבר",
        "ilt | 전달 | továbbítás | ειδ | πρθ",
    )
)
"""How the subject of a forwarded mail begins."""
