"""Sentences of robots by their shape, where the words between differ from firm to firm: RE2, for ``kinds.plain`` text.

A ``~`` stands for anything within one sentence; what stands before the first one is looked for first.

Each holds within one sentence. The second person tells a firm from its customers: "your request has been registered" is
the firm's, "my request" the customer's; "this address is no longer in use" is said by the address, "my old address" by
its owner. Data only.
"""

from __future__ import annotations

UNREAD = (
    " (?:this|the) (?:e-?mail )?(?:address|mailbox|inbox|account)(?: you (?:wrote|have written|sent)[a-z ]*)? (?:is|has) "
    "(?:no longer|not|been) (?:being |actively |longer )?(?:in use|used|monitored|active|checked|read|attended|closed)",
    " (?:inbox|mailbox) is (?:only )?(?:checked|read|monitored) (?:only )?(?:once|twice|every)",
    " diese[rs]? (?:e-?mail-?|mail-?)?(?:adresse|postfach|account|konto)~ nicht (?:mehr|länger)",
    " cette (?:adresse|boîte|messagerie)~ n'est (?:plus|pas) (?:utilis|consult|activ|valid|relev|en service|surveill|lue)",
    " est[ae] (?:dirección|cuenta|correo|buzón)~ (?:ya no|no es|no está|no se)(?:$| )",
    " این (?:نشانی|آدرس|ایمیل|صندوق|حساب|پست الکترونیک|پست الکترونیکی)~ (?:فعال|استفاده|بررسی|معتبر|خوانده|پایش|پاسخگو)~"
    "(?:نیست|نمی شود|نمی باشد|ندارد|نمی گردد)",
    " هذا (?:البرید|العنوان|الحساب|الصندوق)~ (?:لم یعد|غیر|لا) (?:مستخدم|یستخدم|مفعل|نشط|متاح|مراقب|یراقب|قید)",
)
"""What an address says of itself."""

COMPANY = (
    " your (?:case|ticket|request|reference|incident|complaint|enquiry)?(?: number| id| no| reference| ref)+(?: is|:)",
    " (?:our|a|an|one of our)(?: [a-z]+)? (?:team|engineer|agent|advisor|adviser|staff|representative|specialist|consultant"
    "|colleague|expert)s?(?: members?)? (?:will|shall) ",
    " (?:quote|include|mention|keep) (?:this|the|your) (?:ticket |case |reference )?(?:number|reference|id|subject)~ in "
    "(?:all|any|the|your|future|further)",
    " (?:not|don't) (?:change|modify|alter|edit) the subject",
    " to add (?:additional|further|more|any)~ repl",
    " (?:not|don't) (?:send|submit) your~again",
    " we(?:'ll| will) (?:answer|respond|reply|get back|be in touch|review|process|deal)~ (?:within|as soon as|in the order"
    "|once we|when we|shortly|by the|on the|as quickly|after)",
    " (?:currently|presently) (?:experiencing|receiving) (?:a )?(?:high|large|higher|unusual)",
    " (?:take|taking)~longer than (?:usual|normal)",
    " ihre? (?:vorgangs|ticket|fall|bearbeitungs|referenz|anfrage|support)-?(?:nummer|id|nr)",
    " (?:wir|unser [^ ]+|ein [^ ]+) (?:werden uns|melden uns|meldet sich|wird sich|werden sich)~ (?:ihnen|melden|zurück|kümmern)",
    " wird (?:von|durch) unser~ bearbeitet",
    " (?:anfragen|nachrichten|e-mails|mails)~ (?:bearbeiten|beantworten) wir ",
    " wir (?:bearbeiten|beantworten|prüfen) ihre? ~(?:schnell|umgehend|zeitnah|innerhalb|baldmöglich|so bald)",
    " (?:un|une|nos|notre|l'un de nos) (?:conseill|équipe|service|collaborat|technicien|agent|expert)~ "
    "(?:vous |va |vont )?(?:répondr|recontact|contacter|traiter|reviendr|prendr|rappeller)",
    " nous (?:vous répond|reviendrons vers|vous recontact|traiterons|mettons tout)",
    " (?:votre|vos) (?:message|demande|courriel|mail|e-mail)s?~ (?:sera|seront) (?:traité|lu|pris|étudié|transmis)",
    " enregistrée? sous (?:le numéro|la référence|le n)",
    " (?:nuestro|nuestra|un|una|uno|el|la)(?: de nuestros| de nuestras)? (?:agente|equipo|asesor|técnico|representante"
    "|departamento|especialista|operador)~ (?:se pondrá|se comunicará|responderá|atenderá|contactará|le |revisará|gestionará)",
    " (?:será|serán) (?:atendid|respondid|contestad|procesad|revisad|gestionad)",
    " nos (?:pondremos|comunicaremos) ",
    " (?:con|bajo) el número (?:de )?(?:caso|ticket|referencia|incidencia|expediente)?",
    " (?:کارشناسان|همکاران|مشاوران|پشتیبانان|کارشناس|واحد پشتیبانی|تیم پشتیبانی)~"
    "(?:خواهند|خواهد|خواهیم|می دهند|می دهد|پاسخگو|می گیرند|می گیرد|می کنند)",
    " (?:حداکثر|ظرف)~(?:ساعت|روز)~(?:پاسخ|تماس|بررسی|رسیدگی)",
    " (?:بررسی|رسیدگی|پیگیری) (?:و|شده و|خواهد|می)~(?:نتیجه|اعلام|شد |گردد|شد$)",
    " شماره (?:پیگیری|رهگیری|تیکت|ثبت|نامه|درخواست)(?: شما| درخواست شما| آن)? ?:",
    " (?:ثبت|واصل) (?:گردید|شد) ?و ",
    " و?س(?:یقوم|یتواصل|یرد|یتم|یعاود|نرد|نتواصل|نعاود|نقوم|نوافیکم|تتم)~(?:علیکم|معکم|بکم|فریق|أحد|ممثل|موظف|طلب|رسالت|الرد)",
    " (?:تحت|برقم|وتحت|رقم) ?(?:الرقم|رقم)? ?(?:المرجعی|مرجعی|التذکرة|الطلب|الشکوى|البلاغ)",
)
"""What a firm's robot promises or asks for."""

RECEIVED = (
    " your (?:recent )?(?:support |service |online )?(?:request|enquiry|inquiry|query|question|message|e-?mail|incident|case"
    "|ticket|application|submission|complaint|feedback|claim)(?: [(#a-z]*[0-9][^ ]*)? (?:has been|was|is|is being|is now|has) "
    "(?:successfully |safely |now |also )?(?:received|logged|registered|recorded|created|assigned|opened|reviewed|submitted"
    "|forwarded|arrived|queued|with)",
    " we (?:can |hereby |are pleased to )?(?:confirm|acknowledge)(?: the)?(?: safe)? receipt of your",
    " we(?:'ve| have) (?:got|received|logged|registered|opened|created) (?:your|a)(?: new)? (?:message|request|e-?mail|ticket"
    "|enquiry|inquiry|case|query)",
    " thank you for (?:submitting|sending|raising|opening|logging) ",
    " (?:wir haben|haben wir) ihre? (?:anfrage|nachricht|e-?mail|mail|anliegen|meldung|schreiben|reklamation)",
    " ihre? (?:anfrage|nachricht|e-?mail|mail|anliegen|meldung|schreiben|reklamation|ticket)~ (?:erhalten|eingegangen"
    "|registriert|erfasst|aufgenommen|angelegt|weitergeleitet worden)",
    " (?:nous|vous) (?:accusons réception|confirmons la (?:bonne )?réception|informons que votre)",
    " (?:votre|vos) (?:demande|message|courriel|mail|e-mail|requête|dossier|réclamation|question)s?~ (?:reçue?s?|enregistrée?s?"
    "|prise? en compte|prise? en charge|transmise?s?|bien arrivé)",
    " (?:confirmamos|acusamos|le confirmamos)~ (?:recepción|recibo|recibido)",
    " (?:su|tu) (?:solicitud|mensaje|correo|consulta|caso|petición|ticket|reclamación|incidencia)~ (?:recibid|registrad|asignad"
    "|cread|ha llegado)",
    " (?:پیام|درخواست|نامه|ایمیل|تیکت|شکایت|پیشنهاد|رایانامه|مکاتبه)(?: [^ ]+)? شما~ (?:دریافت|ثبت|واصل|ارجاع)~"
    "(?:شد|گردید|است|شده)",
    " و?(?:تم|لقد تم|تمت?) (?:استلام|تسجیل|تلقی|فتح|إنشاء|استقبال)~ ?(?:رسالتک|طلبک|شکوا|بلاغک|استفسار|تذکرة|بریدک|رسائلک)",
    " (?:تلقینا|استلمنا|وصلتنا|وصلنا) (?:رسالتک|طلبک|استفسار|بریدک|شکوا)",
)
"""What acknowledgements say, whatever their words for it."""

ABSENCE = (
    " (?:i'm|i am|i will be|i'll be|we are|we're) (?:currently |now |away |still )*(?:out|off|away|abroad|at a|on a|travell?ing"
    "|attending)~ (?:until|till|from|this|through|for the|between|and will|week)",
    " (?:no longer|not) (?:works?|working|employed|with|part of|available|at) ",
    " (?:our|the|my) (?:office|offices|shop|store|company|practice|school|department|team)~ (?:closed|shut)",
    " (?:ich bin|bin ich|befinde ich mich|befinde mich|ich befinde mich)~ (?:dienstreise|urlaub|elternzeit|seminar|messe"
    "|fortbildung|schulung|kur|homeoffice|reha|unterwegs|geschäftsreise)",
    " (?:nicht mehr|nicht länger) (?:in|bei|für) ~(?:tätig|beschäftigt|unternehmen|haus|firma)",
    " (?:unser|unsere|wir|das büro|die praxis|die kanzlei)~ (?:geschlossen|betriebsferien|betriebsurlaub)",
    " je (?:suis|serai)~ (?:absente?|déplacement|congés?|formation|vacances|arrêt|télétravail|voyage)",
    " (?:notre|nos|le|la|les) (?:société|entreprise|bureau|magasin|service|cabinet|agence|boutique|école)s?~ (?:fermé|fermée|fermés"
    "|fermées|fermera)",
    " (?:ne travaille plus|ne fait plus partie|a quitté)",
    " (?:estoy|estaré|me encuentro|estaremos|estamos)~ (?:baja|vacaciones|permiso|viaje|fuera|ausente|cerrad|congreso)",
    " (?:nuestra|nuestras|nuestro|la|las) (?:oficina|oficinas|tienda|empresa)~ (?:cerrad|permanecer)",
    " ya no (?:trabaj|forma parte|labor)",
    " (?:ماموریت|مأموریت|مرخصی|سفر|مسافرت|دوره آموزشی|نمایشگاه|جلسه|کنفرانس)(?: [^ ]+)? (?:هستم|بوده|می باشم|خواهم بود|ام "
    "|به سر|بسر|می روم|رفته)",
    " دیگر (?:در|با|عضو) ~(?:نیستم|نیست|ندارم|ندارد|نمی کنم|نمی کند|نمی باشم|نمی باشد)",
    " (?:دفتر|شرکت|مجموعه|فروشگاه|اداره|شعب|شعبه|واحد|دانشگاه)~ تعطیل (?:است|می باشد|خواهد بود|بوده|هست)",
    " (?:مکاتبنا|مکتبنا|مقرنا|شرکتنا|متجرنا|مکاتب)~ مغلق",
    " و?(?:أنا|إنی|سأکون|اکون|أکون|حالیا|متواجد)~ (?:مهمة|مهمه|إجازة|إجازه|اجازة|اجازه|مسافر|خارج|مؤتمر|دورة)",
    " لم (?:یعد|أعد) (?:یعمل|تعمل|أعمل|موظف)",
)
"""The writer is away, gone or closed; people say that as well."""

INSTEAD = (
    " (?:will|i'll|we'll|may|might|can|shall) ~(?:reply|replies|respond|response|answer|get back|read)~ (?:back|return|delay"
    "|slow|late|reopen|later|catch up|break)",
    " (?:delay|delays|slow|slower|late) (?:in|to|than|with)(?: usual)?(?: in)?(?: my)? ?(?:repl|respon|answer|getting)",
    " (?:not|don't|won't|rarely|only|occasionally|seldom) (?:be )?(?:read|reading|check|checking|monitor|monitoring|access"
    "|see|seeing)(?: my| any| this| these)? (?:e-?mail|mail|messages|inbox)",
    " (?:for|with) anything (?:urgent|pressing|important)",
    " (?:mail|mails|messages|emails)~ (?:will be|are) (?:deleted|not read|not forwarded)",
    " (?:your|this) (?:message|e-?mail) (?:has|was|will) not (?:been |be )?(?:forwarded|delivered|read)",
    " (?:please|kindly) (?:use|visit|contact|write to|direct|send|address|reach|forward|refer|try)~ (?:instead|form|portal|office"
    "|desk|colleague|@|team)",
    " (?:new|current) (?:e-?mail )?address is ",
    " (?:e-?mails|nachrichten|mails)~ (?:nur|nicht|selten|unregelmäßig|eingeschränkt)~ (?:lesen|abrufen|beantworten|gelesen"
    "|abgerufen|beantwortet|bearbeitet|weitergeleitet)",
    " ihre (?:nachricht|e-mail|mail) (?:wurde|wird) nicht ",
    " (?:sie )?erreichen (?:sie )?mich (?:ab|künftig|nun|jetzt|stattdessen|unter|wieder)",
    " wenden sie sich~ an",
    " (?:ab dem|nach dem|am)~ (?:wieder|zurück)",
    " (?:répondrai|traiterai|lirai|reviendrai)~ (?:retour|possible|délais|rentrée)",
    " (?:votre|vos) (?:message|demande|mail)s?~ (?:retour|réouverture|rentrée)",
    " (?:merci|prière|veuillez)(?: d'| de | )(?:écrire|adresser|contacter|vous adresser|envoyer|joindre|transmettre)~@",
    " (?:pouvez|peut|pourrez)~ (?:adresser|contacter|joindre|écrire)~ (?:pendant|durant|en) mon absence",
    " (?:responderé|contestaré|leeré|atenderé)~ (?:regreso|vuelta|vuelva|regrese|pronto|posible|retorno)",
    " (?:diríjase|diríjanse|escriba|escríbanos|contacte|póngase|comuníquese|envíe)~@",
    " (?:puede|pueden) (?:dirigirse|contactar|escribir|ponerse|comunicarse)",
    " (?:دیر به دیر|به ندرت|کمتر|با تأخیر|با تاخیر|محدود)~ (?:ایمیل|پیام|نامه|پاسخ)",
    " (?:درخواست|نامه|مکاتبات|پیام|ایمیل|سوال|پرسش)~ به ~@",
    " با (?:نشانی|آدرس|ایمیل|دفتر|همکار|همکارم|خانم|آقای|سرکار|جناب|شماره)~ (?:مکاتبه|تماس|ارتباط|هماهنگ|در میان)",
    " (?:پس|بعد) از (?:بازگشایی|تعطیلات|بازگشت|برگشت|پایان)",
    " به (?:همکارم|خانم|آقای|سرکار خانم|جناب آقای)~ (?:پیام|اطلاع|مراجعه|ایمیل|بسپارید|بفرمایید)",
    " و?(?:قد|سوف|سی)~ ?(?:یتأخر|أتأخر|تتأخر|یتاخر|أتاخر)~ ?(?:رد|الرد)",
    " و?(?:سأرد|سأقوم بالرد|سأجیب|سنرد|سنعاود|نعاود|سنستأنف)",
    " (?:المراسلة|مراسلتنا|التواصل|الاتصال|مراسلة|التوجه)~ (?:على|مع|ب|إلى|عبر)",
)
"""What becomes of mail meanwhile, and whom else to ask."""

RECEIPT_OPENINGS = (
    "we have received your", "we've received your", "we received your", "your request has been", "your enquiry has been",
    "your inquiry has been", "your message has been", "your case has been", "your ticket has been", "your email has been",
    "thank you for contacting", "thanks for contacting", "thank you for getting in touch", "thanks for getting in touch",
    "acknowledgement of", "acknowledgment of", "receipt of your", "confirmation of receipt", "eingangsbestätigung",
    "bestätigung ihrer anfrage", "ihre anfrage", "wir haben ihre", "vielen dank für ihre", "accusé de réception",
    "accuse de reception", "votre message a bien été", "votre demande a bien été", "nous avons bien reçu",
    "confirmation de réception", "acuse de recibo", "hemos recibido su", "hemos recibido tu", "confirmación de recepción",
    "gracias por contactar", "تم استلام رسالت", "تم استلام طلبک", "تم تسجیل طلب", "شکرا لتواصل", "إشعار استلام",
    "دریافت پیام شما", "دریافت ایمیل شما", "پیام شما دریافت", "ایمیل شما دریافت", "درخواست شما دریافت", "درخواست شما ثبت",
    "تیکت شما ثبت", "تیکت جدید", "از تماس شما", "سپاس از تماس", "اعلام وصول", "اعلام دریافت", "رسید دریافت",
)  # fmt: skip
"""How the subject of an acknowledgement begins; people begin so as well."""

SHAPES = {"COMPANY": (*UNREAD, *COMPANY), "RECEIVED": RECEIVED, "ABSENCE": ABSENCE, "INSTEAD": INSTEAD}
