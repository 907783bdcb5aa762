"""What mail servers write when they return mail: senders, subjects, sentences and reasons in many languages.

Everything is lower-case, with single blanks; a text is made so before it is searched. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass

DAEMON_NAMES = (
    "mailer-daemon", "mailerdaemon", "mailer_daemon", "mail-daemon", "maildaemon", "postmaster", "post_master",
    "post.master", "mail delivery", "mail deliver system", "delivery subsystem", "mail.delivery", "mdaemon",
    "mail administrator", "system administrator", "mail router", "email-bounces", "bounce-", "bounces-",
    "content-filter", "returned mail", "delivery notification", "mail system", "mta-", "mailadmin", "mail-admin",
    "systemadministrator", "administrateur systeme", "administrateur système", "systemadministrator",
    "auto-reply-daemon", "microsoft outlook", "microsoftexchange", "internet mail delivery", "mail transport",
)  # fmt: skip
"""In the address or display name of who returns mail."""

SUBJECTS = (
    "undeliver", "undelivered", "non-deliver", "nondeliver", "not delivered", "could not be delivered",
    "couldn't be delivered", "delivery status notification", "delivery status", "delivery failure", "delivery failed",
    "delivery has failed", "delivery error", "delivery report", "delivery notification", "delivery problem",
    "delivery incomplete", "delivery unsuccessful", "returned mail", "mail returned", "returned to sender",
    "failure notice", "failure notification", "mail failure", "mail system error", "mail delivery", "mail error",
    "message delivery", "deliverability", "delivery delayed", "delayed mail", "message delayed", "delay notification",
    "warning: message", "warning: could not send", "rejected mail", "mail rejected", "message rejected",
    "unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "zustellungsfehler", "zustellbericht",
    "übermittlungsstatus", "fehler beim senden", "non remis", "non distribu", "échec de la remise",
    "echec de la remise", "remise impossible", "retour de courrier", "no entregado", "no se puede entregar",
    "error de entrega", "no se pudo entregar", "devuelto al remitente", "mancato recapito", "non recapitabile",
    "impossibile recapitare", "mancata consegna", "não entregue", "nao entregue", "falha na entrega",
    "falha no envio", "não foi possível entregar", "onbestelbaar", "niet bezorgd", "niet afgeleverd",
    "kan niet worden bezorgd", "недоставлен", "не доставлен", "недоставк", "не может быть доставлено",
    "ошибка доставки", "niedostarcz", "nie można dostarczyć", "niedoręcz", "zwrot wiadomości", "teslim edilemedi",
    "iletilemedi", "gönderilemedi", "teslimat başarısız", "kézbesíthetetlen", "nedoručiteľn", "nedoručiteln",
    "kan ikke leveres", "kunde inte levereras", "ikke leveret", "går inte att leverera", "toimittaminen epäonnistui",
    "配信不能", "配信できません", "配信エラー", "送信エラー", "メール不達", "戻ってきました", "無法傳遞", "无法投递",
    "退信", "系统退信", "投递失败", "无法送达", "未能送达", "傳送失敗", "배달되지", "전송 실패", "반송", "تحویل نشد",
    "تحویل ناموفق", "عدم تحویل", "ارسال ناموفق", "خطا در تحویل", "خطا در ارسال", "نامه برگشتی", "ایمیل برگشتی",
    "برگشت خورد", "برگشت نامه", "تعذر التسليم", "تعذر تسليم", "فشل التسليم", "فشل في التسليم", "لم يتم تسليم",
    "mail failed", "returning to sender", "returned to you", "error during delivery", "non remis", "nicht zustellbar",
    "loop alert", "user unknown", "unknown user", "error sending your mail", "apparently from you", "מסירה נכשלה",
    "không gửi được",
)  # fmt: skip

SENTENCES = (
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can not be delivered",
    "can't be delivered", "was not delivered", "wasn't delivered", "not be delivered to", "unable to deliver",
    "wasn't able to deliver", "could not deliver", "couldn't deliver", "cannot deliver", "unable to be delivered",
    "undeliverable", "undelivered mail", "delivery failed", "delivery has failed", "delivery to the following",
    "failed to deliver", "failed permanently", "delivery failure", "did not reach the following",
    "had delivery problems", "had delivery errors", "delivery errors", "had permanent fatal errors",
    "had transient non-fatal errors", "permanent error", "transcript of session", "returned to sender",
    "returning message to sender", "message undeliverable", "is being returned", "were undeliverable",
    "has been returned", "was returned", "mail delivery software", "mail delivery system", "mail delivery subsystem",
    "mail-delivery software", "message that you sent", "delivery status notification", "non-delivery", "nondelivery",
    "no longer accepts mail", "rejected your message", "was rejected by", "refused to accept", "user unknown",
    "unknown user", "invalid user address", "not listed in domino directory", "mailbox is full", "mailbox full",
    "over quota", "exceeds allowed size", "failure reasons", "no such user", "does not exist", "user doesn't have",
    "addressee unknown", "giving up on", "delivery problem", "trouble delivering", "delivery attempt",
    "could not be sent", "has been delayed", "has not been delivered", "not yet been delivered",
    "delivery of your message", "have been undelivered", "smtp error from remote", "remote host said",
    "permanent failure", "undelivered message", "message non-deliverable", "delivery of the email was stopped",
    "duplicated message-id", "mail could not be", "returned unopened", "no se ha podido entregar",
    "no se pudo entregar", "no pudo ser entregado", "no se ha entregado", "konnte nicht zugestellt",
    "nicht zugestellt werden", "nicht ausgeliefert", "unzustellbar", "konnte nicht übermittelt",
    "zustellung ist fehlgeschlagen", "n'a pas pu être remis", "n'a pas pu être distribu", "n'a pas pu être délivr",
    "n'a pu être remis", "impossible de remettre", "impossibile recapitare", "non è stato possibile recapitare",
    "non è stato recapitato", "impossibile consegnare", "não pôde ser entregue", "não foi possível entregar",
    "não foi entregue", "kon niet worden bezorgd", "niet worden afgeleverd", "kan niet worden bezorgd",
    "не может быть доставлено", "не удалось доставить", "не было доставлено", "недоставлен", "не доставлено",
    "nie mogła zostać dostarczona", "nie można dostarczyć", "nie została dostarczona", "teslim edilemedi",
    "iletilemedi", "ulaştırılamadı", "配信できません", "配信されません", "送信できません", "送信できなかった",
    "配送できません", "届けることができません", "お届けでき", "無法傳遞", "无法投递", "无法送达", "未能送达",
    "投递失败", "被退回", "无法发送到", "不存在", "배달하지 못했", "전달되지", "تحویل داده نشد", "تحویل نشد",
    "تحویل داده نشده", "قابل تحویل نیست", "امکان تحویل", "تحویل ناموفق", "تحویل نگردید", "ارسال نشد", "به مقصد نرسید",
    "تعذر تسليم", "لم يتم تسليم", "لم نتمكن من تسليم", "تعذر توصيل", "فشل التسليم",
)  # fmt: skip

FAILED_LISTS = (
    "failed recipients", "failed addresses", "following recipients", "following recipient", "following addresses",
    "following address", "non-delivery report", "n'a pas pu etre delivre",
)  # fmt: skip

DELAYED = (
    "will continue to", "will continue trying", "will keep trying", "continue trying", "still being attempted",
    "still trying", "has not yet been delivered", "not yet been delivered", "has been delayed", "been delayed",
    "is delayed", "was delayed", "delivery delayed", "delay notification", "delivery delay",
    "you do not need to resend", "do not need to resend your", "no action is required on your part",
    "this is a warning message only", "temporarily delayed", "message delayed", "will be retried", "will be re-tried",
    "will continue", "temporary failure report", "next attempt", "wird weiterhin versucht", "verzögert",
    "zustellung verzögert", "sera retenté", "retardée", "retrasado", "ritardat", "atrasad", "будут продолжены",
    "задержан", "с задержкой", "遅延", "延迟", "با تأخیر", "با تاخیر", "به تأخیر", "به تاخیر", "تلاش خواهد شد",
    "دوباره تلاش", "تأخر", "gecikti", "vertraagd", "opóźnion",
)  # fmt: skip
"""The server has not given up; in the report of a text-only bounce."""

GIVEN_UP = (
    "permanent", "given up", "giving up", "could not be delivered for", "cannot be delivered", "has failed",
    "failed permanently", "undeliverable", "returned mail", "too long", "expired", "not delivered to",
)  # fmt: skip

RETURNED = (
    "below this line is a copy of", "this is a copy of the message", "copy of the message",
    "copy of the original message", "copy of your original", "original message follows", "original mail as follows",
    "original mail follows", "header of the original message", "headers of the original message",
    "original message header", "original message headers", "original headers", "original message text",
    "--- original message", "original message ---", "returned message ---", "--- returned message",
    "unsent message follows", "unsent message below", "message header follows", "message headers follow",
    "message text follows", "returned text follows", "returned mail follows", "message contents follow",
    "beginning of message", "start of returned message", "start of message", "returned message below",
    "your message was as follows", "your original message", "the message was as follows",
    "the original message was received as follows", "text of the original message", "mail follows",
    "undelivered message follows", "rejected message follows", "message is as follows", "it reads as follows",
    "------ forwarded", "your message reads", "message follows ---", "following is a copy", "original message body",
    "ursprüngliche nachricht", "kopie der nachricht", "ursprünglichen nachricht", "message d'origine",
    "message original", "mensaje original", "messaggio originale", "mensagem original", "исходное сообщение",
    "текст письма", "元のメッセージ", "原邮件", "原始邮件", "متن پیام اصلی", "پیام اصلی", "الرسالة الأصلية",
)  # fmt: skip
"""The line after which the returned mail stands; short lines only."""


@dataclass(frozen=True, slots=True)
class Why:
    """A known reason: the last two numbers of its status code, whether another try cannot help, and how it is said."""

    code: str
    hard: bool
    texts: tuple[str, ...]


REASONS = (
    Why(
        "2.2",
        False,
        (
            "mailbox full", "mailbox is full", "mailbox was full", "mailbox too full", "mail box full",
            "mailbox has exceeded", "mailbox exceeds", "mailbox size limit", "over quota", "overquota", "over-quota",
            "quota exceeded", "exceeded quota", "quotaexceeded", "exceeds quota", "exceeded storage",
            "exceeded the storage", "exceeded their mail", "exceeded its quota", "out of storage",
            "storage allocation", "storage quota", "insufficient storage", "disk quota", "disk full", "user is over",
            "account is over", "over the quota", "over the maximum allowed", "over its", "inbox is full",
            "account is full", "mail quota", "quota full", "not enough storage", "no space left",
            "no room in mailbox", "has no room", "user's mailbox is", "mailbox for user is full",
            "would exceed mailbox", "would be over", "maildir over quota", "user has full mailbox",
            "mailfolder is full", "mail box space not enough", "does not have enough space", "too much mail data",
            "exceed mailbox quota", "exceeds allowed size", "not enough space", "capacity is full",
            "size limit exceeded for mailbox", "message would exceed", "temporarily over quota",
            "allowed mailbox size", "postfach voll", "postfach ist voll", "speicherplatz", "boîte pleine",
            "boite pleine", "boîte aux lettres pleine", "boîte de réception", "buzón lleno", "buzón está lleno",
            "casella piena", "casella di posta è piena", "caixa cheia", "caixa de correio cheia",
            "caixa postal está cheia", "postvak vol", "postbus vol", "переполнен", "превышена квота",
            "skrzynka pełna", "przepełnion", "posta kutusu dolu", "kotası dol", "メールボックスがいっぱい",
            "容量を超え", "邮箱已满", "郵箱已滿", "邮箱空间", "信箱已满", "사서함이 가득", "صندوق پر",
            "صندوق پستی پر", "صندوق گیرنده پر", "صندوق ورودی پر", "فضای کافی", "ظرفیت صندوق", "سهمیه", "ممتلئ",
        ),
    ),
    Why(
        "4.7",
        False,
        (
            "delivery time expired", "time expired", "message expired", "retry timeout exceeded",
            "retry time not reached", "retries exceeded", "too many retries", "message timed out",
            "could not be delivered for more than", "could not be delivered within", "delivery expired",
            "queue too long", "been in the queue too long", "in queue too long", "maximum queue time",
            "undeliverable for too long", "message not delivered within", "expired from the queue",
            "delivery attempts have been made", "unable to deliver message after multiple", "have tried to deliver",
            "was unable to be delivered within", "giving up after", "delivery retry",
            "could not deliver for the last", "envelope expired", "time-expired", "failed 20 attempts",
            "attempts were made", "we have been trying", "haltezeit", "expiré",
        ),
    ),
    Why(
        "7.28",
        False,
        (
            "too many connections", "rate limit", "ratelimit", "too many messages", "too many emails",
            "too many mails", "too many recipients", "sending rate", "throttl", "receiving mail at a rate",
            "receiving email too quickly", "temporarily deferred", "try again later", "please try later",
            "please try again", "greylist", "graylist", "grey-list", "temporarily unavailable",
            "temporarily rejected", "temporary failure", "exceeded the maximum number", "daily limit", "hourly limit",
            "limit exceeded for sender",
        ),
    ),
    Why(
        "7.1",
        False,
        (
            "spam", "unsolicited", "junk mail", "blacklist", "black list", "blocklist", "block list", "blocked using",
            "is blocked", "been blocked", "was blocked", "blocked by", "blocked for", "spamhaus", "in rbl", "an rbl",
            "by rbl", "dnsbl", "reputation", "poor reputation", "listed at", "is listed", "currently listed",
            "not have permission", "authentication information", "banned", "virus", "malware", "phish",
            "content rejected", "message content", "policy", "prohibited", "policies", "dmarc", " spf", "(spf",
            "dkim", "unauthenticated", "authentication required", "authentication failed", "not authenticated",
            "authentication check", "sender verify", "sender rejected", "sender address rejected", "bad reverse dns",
            "reverse dns", "reverse lookup", "ptr record", "no ptr", "rdns", "access denied", "not authorized",
            "not authorised", "not permitted", "permission denied", "relaying", "relay access", "to relay",
            "relay not", "not relay", "relay denied", "not allowed", "administrative prohibition", "security reasons",
            "security polic", "denied by", "client host rejected", "helo", "does not like recipient's sender",
            "unacceptable", "bulk mail", "bulk email", "bulk e-mail", "considered bulk", "denied",
            "recipient preferences", "undesirable", "restricted", "can only receive", "only accepts mail from",
            "awaiting moderat",
        ),
    ),
    Why(
        "3.4",
        False,
        (
            "message too large", "too big", "message size exceeds", "message size limit", "exceeds the maximum",
            "exceeds maximum", "size limit", "max message size", "maximum message size", "message length exceeds",
            "message is larger", "message larger", "larger than the current system limit", "too long",
            "nachricht ist zu groß", "zu groß", "taille", "слишком большо", "حجم پیام", "حجم نامه", "بیش از حد مجاز",
        ),
    ),
    Why(
        "1.6",
        True,
        (
            "has moved", "user moved", "no longer at this", "address changed", "has changed address",
            "no longer with", "no longer works", "has left the", "no longer employed", "account closed",
            "account has been closed", "account is closed", "no longer in use", "no longer in service",
            "no longer active", "no longer available", "no longer valid", "no longer exists", "mailbox closed",
            "account deleted", "account has been deleted", "been deactivated", "discontinued",
        ),
    ),
    Why(
        "2.1",
        False,
        (
            "mailbox disabled", "account disabled", "disabled", "mailbox is inactive", "account inactive",
            "account is inactive", "is inactive", "suspended", "mailbox not active", "is not active",
            "currently disabled", "temporarily disabled", "account has been disabled", "email account is inactive",
            "user inactive", "locked", "frozen", "dormant",
        ),
    ),
    Why(
        "3.0",
        False,
        (
            "system error", "mailer error", "internal error", "local error", "configuration error", "misconfigur",
            "pipe to", "unable to run", "procmail", "command failed", "child process", "command died",
            "service currently unavailable", "service unavailable", "server error", "i/o error", "out of memory",
            "local configuration", "resources temporarily", "host not found, try again", "protocol error",
        ),
    ),
    Why(
        "1.8",
        False,
        (
            "domain of sender", "sender domain", "sender address", "bad sender", "sender's address",
            "mailfrom domain", "invalid sender", "sender denied", "sender is invalid", "envelope sender",
            "mail from command",
        ),
    ),
    Why(
        "1.2",
        True,
        (
            "because the domain", "host unknown", "unknown host", "host not found", "domain not found",
            "no such domain", "no such host", "domain does not exist", "unknown domain", "bad domain",
            "invalid domain", "name or service not known", "nxdomain", "non-existent domain", "illegal host/domain",
            "domain name not found", "host or domain name not found", "no mx record", "mx record", "mx lookup",
            "dns error", "name server:", "unable to resolve", "cannot resolve", "couldn't find any host",
            "all relevant mx records point to non-existent", "does not accept mail", "nullmx", "null mx",
            "no route to host found", "host has no", "domain has been suspended", "resolve domain",
            "domain you entered", "domäne nicht", "domain nicht gefunden", "دامنه",
        ),
    ),
    Why(
        "1.1",
        True,
        (
            "user unknown", "unknown user", "unknown recipient", "recipient unknown", "unknown address",
            "address unknown", "unknown account", "unknown mailbox", "mailbox unknown", "addressee unknown",
            "unknown local", "unknown or illegal alias", "unknown or invalid", "unknown to this", "no such user",
            "no such recipient", "no such mailbox", "no such address", "no such account", "no such local user",
            "no such person", "no such email", "no such domain user", "no mailbox", "no mail box", "no user here",
            "not a valid mailbox", "not a valid recipient", "not a valid user", "not a valid address",
            "invalid recipient", "invalid mailbox", "invalid user", "invalid address", "invalid account",
            "invalid email", "bad address", "bad destination", "bad recipient", "mailbox not found",
            "mailbox unavailable", "mailbox not available", "mailbox does not exist", "user not found",
            "recipient not found", "account not found", "address not found", "recipnotfound", "recipientnotfound",
            "not found in", "couldn't be found", "wasn't found", "could not be found", "was not found",
            "user does not exist", "account does not exist", "address does not exist", "recipient does not exist",
            "does not exist", "doesn't exist", "didn't exist", "not exist", "nonexistent", "non-existent",
            "unknown in", "not a known user", "is not known", "not known at", "not our customer", "not our user",
            "user not known", "not listed in", "no account by", "doesn't have a", "does not have a",
            "doesn't have an account", "this user doesn't", "unrouteable address", "unroutable address",
            "no valid recipients", "recipient address rejected", "recipient rejected", "rejected recipient",
            "undeliverable address", "account unavailable", "user unavailable", "cannot be found", "can't be found",
            "can't find", "cannot find", "not a registered", "not recognized", "unrecognized", "not local",
            "no local mailbox", "not in my", "isn't in", "user is unknown", "there is no one", "no one by that name",
            "nobody here by that", "this address no longer", "delivery to the address", "verify it and try again",
            "name not allowed", "mailbox name", "name is not recognized", "is not a gmail user",
            "recipient name is not", "not contained in", "not accepting mail", "user not exist",
            "name is not recogni", "unknown destination", "domain is not reachable", "unbekannt", "existiert nicht",
            "nicht gefunden", "kein benutzer", "empfängeradresse", "inconnu", "n'existe pas", "introuvable",
            "desconocid", "no existe", "no encontrad", "inesistente", "sconosciut", "non esiste", "não existe",
            "inexistente", "desconhecid", "bestaat niet", "onbekend", "не существует", "не найден", "неизвестн",
            "нет такого", "nie istnieje", "nieznany", "bulunamadı", "mevcut değil", "存在しない", "見つかりません",
            "不明", "不存在", "用户不存在", "用戶不存在", "찾을 수 없", "존재하지 않", "وجود ندارد", "یافت نشد",
            "پیدا نشد", "ناشناخته", "نامعتبر", "شناخته نشد", "غير موجود", "غير معروف", "غير صحيح",
        ),
    ),
    Why(
        "4.1",
        False,
        (
            "connection refused", "connection timed out", "connection time out", "timed out", "timeout",
            "no answer from host", "network is unreachable", "no route to host", "network unreachable",
            "unable to connect", "could not connect", "couldn't connect", "cannot connect", "could not be contacted",
            "couldn't be contacted", "host unreachable", "connection reset", "lost connection", "connection dropped",
            "connection closed", "unexpectedly closed", "name server timeout", "didn't respond", "not responding",
            "unresponsive", "deferred", "mail loop", "loops back", "too many hops", "hop count exceeded",
            "loop detected", "routing loop", "looping", "did not accept our requests to connect", "try again",
        ),
    ),
)  # fmt: skip
"""Looked for in this order; the first that is found is the reason."""
