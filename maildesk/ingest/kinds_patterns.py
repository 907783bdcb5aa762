"""Sentences of robots by their shape, where the words between differ from firm to firm: RE2, for ``kinds.plain`` text.

A ``~`` stands for anything within one sentence; what stands before the first one is looked for first.

The second person tells a firm from its customers: "your request has been registered" is the firm's, "my request" the
customer's; "this address is no longer in use" is said by the address, "my old address" by its owner. Data only.
"""

from __future__ import annotations

UNREAD = (
    (
        " (?:this|the) (?:e-?mail )?(?:address|mailbox|inbox|account)(?: you (?:wrote|have written|sent)[a-z ]*)?"
        " (?:is|has) (?:no longer|not|been) (?:being |actively |longer )?(?:in use|used|monitored|active|checked"
        "|read|attended|closed)"
    ),
    " (?:inbox|mailbox) is (?:only )?(?:checked|read|monitored) (?:only )?(?:once|twice|every)",
    (
        " (?:mail|mails|messages|e-?mails|replies|anything) (?:sent |that arrives? )?(?:to|at|in) (?:this|our)"
        " (?:address|mailbox|inbox)~ (?:not|never|nobody|no one)"
    ),
    " (?:inbox|mailbox|address)~ (?:nobody|no one)~ (?:look|read|check|monitor)",
    " (?:nobody|no one|nadie|niemand|personne)~ (?:reads|checks|monitors|leerá|lee|liest|ne lit|ne lira|lira)",
    " (?:aucune|aucun) (?:réponse|message|courriel)~ ne (?:sera|seront) (?:lu|traité)",
    " (?:لا یتم|لن یتم|لا تتم) (?:الرد|مراجعة|قراءة|متابعة)~",
    " (?:phones|mailboxes|inboxes|lines)~ (?:unattended|unmanned|not staffed)",
    (
        " (?:mailbox|inbox|address|postfach|adresse|buzón|dirección|boîte)~ (?:only for sending|send-only|outgoing"
        " mail only|nur (?:für|zum) vers|solo se usa para|solo para env|uniquement (?:à|pour) l'envoi)"
    ),
    " (?:nachrichten|e-?mails|mails|antworten) an diese (?:adresse|e-?mail)~ nicht ",
    " (?:les|vos) (?:messages|mails|courriels|réponses)~ cette (?:adresse|boîte)~ (?:pas|jamais|plus) ",
    " los (?:mensajes|correos)~ (?:aquí|este buzón|esta dirección|esta cuenta)~ no ",
    " (?:صندوق|نشانی|آدرس|ایمیل)~ (?:پایش|بررسی|خوانده|کنترل) (?:نمی شود|نمی گردد|نمی شوند)",
    " (?:الصندوق|البرید|العنوان)~ (?:للإرسال فقط|للارسال فقط|لا تتم|لا یتم)",
    " diese[rs]? (?:e-?mail-?|mail-?)?(?:adresse|postfach|account|konto)~ nicht (?:mehr|länger)",
    (
        " cette (?:adresse|boîte|messagerie)~ n'est (?:plus|pas) (?:utilis|consult|activ|valid|relev|en service"
        "|surveill|lue)"
    ),
    " est[ae] (?:dirección|cuenta|correo|buzón)~ (?:ya no|no es|no está|no se)(?:$| )",
    (
        " این (?:نشانی|آدرس|ایمیل|صندوق|حساب|پست الکترونیک|پست الکترونیکی)~ (?:فعال|استفاده|بررسی|معتبر|خوانده|پایش"
        "|پاسخگو)~(?:نیست|نمی شود|نمی باشد|ندارد|نمی گردد)"
    ),
    " هذا (?:البرید|العنوان|الحساب|الصندوق)~ (?:لم یعد|غیر|لا) (?:مستخدم|یستخدم|مفعل|نشط|متاح|مراقب|یراقب|قید)",
)
"""What an address says of itself."""

COMPANY = (
    (
        " your (?:case|ticket|request|reference|incident|complaint|enquiry)?(?: number| id| no| reference| ref)+(?:"
        " is|:)"
    ),
    (
        " (?:our|a|an|one of our)(?: [a-z]+)? (?:team|engineer|agent|advisor|adviser|staff|representative|specialist"
        "|consultant|colleague|expert)s?(?: members?)? (?:will|shall) "
    ),
    (
        " you(?:'ll| will| should| can expect to) (?:receive|hear|get|be contacted|be notified)~ (?:within|shortly"
        "|soon|by|in due|once)"
    ),
    " who will (?:write|reply|respond|contact|get back|be in touch|call)",
    " allow~ (?:hours|days)~ (?:reply|response|answer|us to)",
    (
        " (?:an?|one of our|our) (?:advis[eo]r|agent|engineer|team|colleague|specialist)[^ ]*(?: [a-z]+)? (?:is"
        " going to|has been asked to|should|is now|takes)"
    ),
    " our team has your ",
    " (?:typical|usual|average|current|expected) (?:turnaround|response|reply|waiting|wait)(?: time)? ",
    " (?:you|there) (?:don't|do not|is no|'s no)~ need to (?:do anything|reply|respond|take any)",
    " (?:added it|is|are|been (?:added|placed|put))~ (?:our|the) queue",
    " (?:normal|regular) (?:service|hours) (?:resumes?|will resume)",
    (
        " (?:quote|include|mention|keep) (?:this|the|your) (?:ticket |case |reference )?(?:number|reference|id"
        "|subject)~ in (?:all|any|the|your|future|further)"
    ),
    " (?:not|don't) (?:change|modify|alter|edit) the subject",
    " to add (?:additional|further|more|any)~ repl",
    " (?:not|don't) (?:send|submit) your~again",
    (
        " we(?:'ll| will) (?:answer|respond|reply|get back|be in touch|review|process|deal)~ (?:within|as soon as|in"
        " the order|once we|when we|shortly|by the|on the|as quickly|after)"
    ),
    " (?:currently|presently) (?:experiencing|receiving) (?:a )?(?:high|large|higher|unusual)",
    " (?:take|taking)~longer than (?:usual|normal)",
    " ihre? (?:vorgangs|ticket|fall|bearbeitungs|referenz|anfrage|support)-?(?:nummer|id|nr)",
    (
        " (?:wir|unser [^ ]+|ein [^ ]+) (?:werden uns|melden uns|meldet sich|wird sich|werden sich)~ (?:ihnen|melden"
        "|zurück|kümmern)"
    ),
    " (?:sie erhalten|erhalten sie)~ (?:rückmeldung|antwort|nachricht|bescheid)",
    (
        " (?:ein|unser) (?:techniker|mitarbeiter|kollege|berater|team|support)[^ ]*~ (?:nimmt sich|kümmert sich"
        "|prüft|meldet|bearbeitet)"
    ),
    " zu ihrer (?:e-?mail|anfrage|nachricht|mail)~ (?:angelegt|erstellt|eröffnet|erfasst)",
    " (?:antworten|melden uns)~ innerhalb",
    " wir (?:antworten|melden|kommen|informieren|benachrichtigen)~ (?:ihnen|sie|uns|auf sie)~",
    (
        " wird (?:derzeit |aktuell |nun |zurzeit |gerade )?(?:von|durch) (?:der|einem|einer|unserer|unserem)~"
        " (?:geprüft|bearbeitet|bearbeiten)"
    ),
    " wird (?:von|durch) unser~ bearbeitet",
    " (?:anfragen|nachrichten|e-mails|mails)~ (?:bearbeiten|beantworten) wir ",
    " wir (?:bearbeiten|beantworten|prüfen) ihre? ~(?:schnell|umgehend|zeitnah|innerhalb|baldmöglich|so bald)",
    (
        " (?:un|une|nos|notre|l'un de nos) (?:conseill|équipe|service|collaborat|technicien|agent|expert)~ (?:vous "
        "|va |vont )?(?:répondr|recontact|contacter|traiter|reviendr|prendr|rappeller)"
    ),
    " (?:une|la) réponse~ (?:vous sera|sera) ",
    (
        " (?:support|service|équipe|conseiller|technicien)[^ ]*~ (?:revient|reviendra|reviendront|vous rappelle|vous"
        " répond)"
    ),
    " sous [0-9]+ ?(?:h|heures|jours)",
    " nous vous tiendrons ",
    " nous (?:avons pris|prenons) en charge votre",
    " nous (?:vous répond|reviendrons vers|vous recontact|traiterons|mettons tout)",
    (" (?:votre|vos) (?:message|demande|courriel|mail|e-mail)s?~ (?:sera|seront) (?:traité|lu|pris|étudié|transmis)"),
    " enregistrée? sous (?:le numéro|la référence|le n)",
    (
        " (?:nuestro|nuestra|un|una|uno|el|la)(?: de nuestros| de nuestras)? (?:agente|equipo|asesor|técnico"
        "|representante|departamento|especialista|operador)~ (?:se pondrá|se comunicará|responderá|atenderá"
        "|contactará|le |revisará|gestionará)"
    ),
    " (?:será|serán) (?:atendid|respondid|contestad|procesad|revisad|gestionad)",
    " (?:un|una|nuestro|nuestra) (?:especialista|técnico|agente|asesor|compañero)~ (?:lo|la|le) [a-z]+rá",
    " (?:registramos|registraremos|hemos registrado|hemos abierto) su ",
    " le (?:informaremos|avisaremos|notificaremos|responderemos|contactaremos|mantendremos)",
    " (?:atenderemos|responderemos|contestaremos|revisaremos)~ (?:su|sus|tu|tus) ",
    " (?:un|nuestro) (?:técnico|agente|equipo|asesor)~ (?:está revisando|la está|lo está|ya está)",
    " nos (?:pondremos|comunicaremos) ",
    " (?:con|bajo) el número (?:de )?(?:caso|ticket|referencia|incidencia|expediente)?",
    (
        " (?:کارشناسان|همکاران|مشاوران|پشتیبانان|کارشناس|واحد پشتیبانی|تیم پشتیبانی)~(?:خواهند|خواهد|خواهیم|می دهند"
        "|می دهد|پاسخگو|می گیرند|می گیرد|می کنند)"
    ),
    " نتیجه~ (?:اطلاع شما|اعلام خواهد|اعلام می|خواهد رسید)",
    " (?:پاسخگوی|پاسخ گوی) شما ",
    " (?:پاسخ|جواب)~(?:متعاقبا|بزودی|به زودی)",
    " (?:ارجاع|محول|واگذار) (?:شد|گردید|شده است)",
    " به اطلاع~ (?:خواهد رسید|می رسد|خواهیم رساند)",
    " (?:حداکثر|ظرف)~(?:ساعت|روز)~(?:پاسخ|تماس|بررسی|رسیدگی)",
    " (?:بررسی|رسیدگی|پیگیری) (?:و|شده و|خواهد|می)~(?:نتیجه|اعلام|شد |گردد|شد$)",
    " شماره (?:پیگیری|رهگیری|تیکت|ثبت|نامه|درخواست)(?: شما| درخواست شما| آن)? ?:",
    " (?:ثبت|واصل) (?:گردید|شد) ?و ",
    (
        " و?س(?:یقوم|یتواصل|یرد|یتم|یعاود|نرد|نتواصل|نعاود|نقوم|نوافیکم|تتم)~(?:علیکم|معکم|بکم|فریق|أحد|ممثل|موظف"
        "|طلب|رسالت|الرد)"
    ),
    " و?سیتم ~(?:التعامل|التواصل|الرد|مراجعة|معالجة|إبلاغ|النظر)",
    " (?:تحت|برقم|وتحت|رقم) ?(?:الرقم|رقم)? ?(?:المرجعی|مرجعی|التذکرة|الطلب|الشکوى|البلاغ)",
)
"""What a firm's robot promises or asks for."""

RECEIVED = (
    (
        " your (?:recent )?(?:support |service |online )?(?:request|enquiry|inquiry|query|question|message|e-?mail"
        "|incident|case|ticket|application|submission|complaint|feedback|claim)(?: [(#a-z]*[0-9][^ ]*)? (?:has been"
        "|was|is|is being|is now|has) (?:successfully |safely |now |also )?(?:received|logged|registered|recorded"
        "|created|assigned|opened|reviewed|submitted|forwarded|arrived|queued|with)"
    ),
    " we (?:can |hereby |are pleased to )?(?:confirm|acknowledge)(?: the)?(?: safe)? receipt of your",
    " we got your (?:message|request|e-?mail|ticket|enquiry|inquiry)",
    " your (?:message|e-?mail|request|enquiry) (?:has )?(?:arrived|reached us|landed|come through)",
    (
        " your (?:complaint|request|enquiry|inquiry|message|case|claim|application|feedback|e-?mail)~ (?:has been"
        "|was|is being) (?:passed|forwarded|sent|referred|escalated|handed|assigned|looked|reviewed|processed)"
    ),
    (
        " we(?:'ve| have) (?:got|received|logged|registered|opened|created) (?:your|a)(?: new)? (?:message|request"
        "|e-?mail|ticket|enquiry|inquiry|case|query)"
    ),
    " thank you for (?:submitting|sending|raising|opening|logging) ",
    " (?:wir haben|haben wir) ihre? (?:anfrage|nachricht|e-?mail|mail|anliegen|meldung|schreiben|reklamation)",
    (
        " ihre? (?:anfrage|nachricht|e-?mail|mail|anliegen|meldung|schreiben|reklamation|ticket)~ (?:erhalten"
        "|eingegangen|registriert|erfasst|aufgenommen|angelegt|weitergeleitet worden)"
    ),
    (
        " ihre? (?:anfrage|nachricht|e-?mail|mail|anliegen|meldung|reklamation|beschwerde|antrag|ticket|bewerbung)~"
        " (?:liegt uns|bei uns an|wurde|wird|ist)~ (?:vor|angekommen|geprüft|bearbeitet|entgegengenommen|eröffnet"
        "|angelegt)"
    ),
    (
        " (?:votre|vos) (?:ticket|demande|dossier|réclamation|incident|requête)~ (?:est|a été) (?:ouvert|créé"
        "|transmis|affecté|attribué)"
    ),
    " (?:nous|vous) (?:accusons réception|confirmons la (?:bonne )?réception|informons que votre)",
    (
        " (?:votre|vos) (?:demande|message|courriel|mail|e-mail|requête|dossier|réclamation|question)s?~ (?:reçue?s?"
        "|enregistrée?s?|prise? en compte|prise? en charge|transmise?s?|bien arrivé)"
    ),
    (
        " (?:su|tu) (?:incidencia|solicitud|consulta|caso|ticket|reclamación|queja|pedido de ayuda)~ (?:abiert"
        "|derivad|trasladad|enviad|tramit)"
    ),
    " (?:confirmamos|acusamos|le confirmamos)~ (?:recepción|recibo|recibido)",
    (
        " (?:su|tu) (?:solicitud|mensaje|correo|consulta|caso|petición|ticket|reclamación|incidencia)~ (?:recibid"
        "|registrad|asignad|cread|ha llegado)"
    ),
    (
        " (?:پیام|درخواست|نامه|ایمیل|تیکت|شکایت|پیشنهاد|رایانامه|مکاتبه)(?: [^ ]+)? شما~ (?:دریافت|ثبت|واصل|ارجاع)"
        "~(?:شد|گردید|است|شده)"
    ),
    " (?:شکایت|درخواست|پیام|تیکت|نامه|گزارش) شما~ (?:به ثبت رسید|ثبت شده|به دست ما|به واحد|در صف|ارجاع)",
    " و?(?:تم|لقد تم) (?:فتح|تسجیل|إنشاء|إحالة|تحویل) (?:بلاغ|تذکرة|طلب|شکو|استفسار)",
    (
        " و?(?:تم|لقد تم|تمت?) (?:استلام|تسجیل|تلقی|فتح|إنشاء|استقبال)~ ?(?:رسالتک|طلبک|شکوا|بلاغک|استفسار|تذکرة"
        "|بریدک|رسائلک)"
    ),
    " (?:تلقینا|استلمنا|وصلتنا|وصلنا) (?:رسالتک|طلبک|استفسار|بریدک|شکوا)",
)
"""What acknowledgements say, whatever their words for it."""

ABSENCE = (
    (
        " (?:i'm|i am|i will be|i'll be|we are|we're) (?:currently |now |away |still )*(?:out|off|away|abroad|at a"
        "|on a|travell?ing|attending)~ (?:until|till|from|this|through|for the|between|and will|week)"
    ),
    (
        " (?:i'm|i am|i will be|i'll be) (?:currently |at present |now )?(?:off sick|off work|unwell|ill|on a break"
        "|enjoying (?:a|some|my)[a-z ]* (?:off|break|leave|holiday))"
    ),
    " (?:a few|some|two|three|the) (?:days|weeks?) off",
    " i(?:'m| am| will be)~ no (?:signal|internet|connection|access)",
    " (?:won't|will not|am not|not) be (?:at|in) (?:work|the office)",
    " i (?:only )?work (?:part-time|part time|mondays|from)",
    " i have (?:moved to|changed|taken)~ (?:role|position|job|team|department)",
    " (?:no longer|not) (?:works?|working|employed|with|part of|available|at) ",
    " (?:our|the|my) (?:office|offices|shop|store|company|practice|school|department|team)~ (?:closed|shut)",
    (
        " (?:ich bin|bin ich|befinde ich mich|befinde mich|ich befinde mich)~ (?:dienstreise|urlaub|elternzeit"
        "|seminar|messe|fortbildung|schulung|kur|homeoffice|reha|unterwegs|geschäftsreise)"
    ),
    " (?:habe ich|ich habe|hat|haben)~ (?:frei|urlaub)(?: |,|$)",
    " ich bin~ (?:krank|krankgeschrieben|verhindert|nicht da|unterwegs)",
    " ich (?:arbeite|bin) (?:nur|immer|lediglich)~ (?:bis|von|und)",
    " ich habe~ (?:unternehmen|firma)~ verlassen",
    " (?:wir machen|machen wir)~ pause|(?:ist|sind) niemand~ (?:da|im büro|erreichbar)",
    " bleibt (?:unser|unsere|das|die)~ geschlossen",
    " (?:nicht mehr|nicht länger) (?:in|bei|für) ~(?:tätig|beschäftigt|unternehmen|haus|firma)",
    " (?:unser|unsere|wir|das büro|die praxis|die kanzlei)~ (?:geschlossen|betriebsferien|betriebsurlaub)",
    " je (?:suis|serai)~ (?:absente?|déplacement|congés?|formation|vacances|arrêt|télétravail|voyage)",
    " je ne (?:fais plus partie|travaille plus|suis plus)",
    " parti(?:e)? en (?:vacances|congés?|voyage)",
    (
        " (?:notre|nos|le|la|les) (?:société|entreprise|bureau|magasin|service|cabinet|agence|boutique|école)s?~"
        " (?:fermé|fermée|fermés|fermées|fermera)"
    ),
    " (?:ne travaille plus|ne fait plus partie|a quitté)",
    " (?:estoy|estaré) (?:de|en) (?:curso|viaje|formación|reunión|congreso|feria)",
    " no hay nadie en (?:la oficina|nuestra)",
    " (?:permaneceremos|permanecemos|estaremos) cerrad",
    (
        " (?:estoy|estaré|me encuentro|estaremos|estamos)~ (?:baja|vacaciones|permiso|viaje|fuera|ausente|cerrad"
        "|congreso)"
    ),
    " (?:nuestra|nuestras|nuestro|la|las) (?:oficina|oficinas|tienda|empresa)~ (?:cerrad|permanecer)",
    " ya no (?:trabaj|forma parte|labor)",
    (
        " (?:ماموریت|مأموریت|مرخصی|سفر|مسافرت|دوره آموزشی|نمایشگاه|جلسه|کنفرانس)(?: [^ ]+)? (?:هستم|بوده|می باشم"
        "|خواهم بود|به سر|بسر|می روم|رفته)"
    ),
    " دیگر (?:در|با|عضو) ~(?:نیستم|نیست|ندارم|ندارد|نمی کنم|نمی کند|نمی باشم|نمی باشد)",
    " (?:دفتر|شرکت|مجموعه|فروشگاه|اداره|شعب|شعبه|واحد|دانشگاه)~ تعطیل (?:است|می باشد|خواهد بود|بوده|هست)",
    " (?:مکاتبنا|مکتبنا|مقرنا|شرکتنا|متجرنا|مکاتب)~ مغلق",
    " و?(?:أنا|إنی|سأکون|اکون|أکون|حالیا|متواجد)~ (?:مهمة|مهمه|إجازة|إجازه|اجازة|اجازه|مسافر|خارج|مؤتمر|دورة)",
    " (?:یمکنکم|یمکن) (?:مراسلة|التواصل|الاتصال)",
    " لم (?:یعد|أعد) (?:یعمل|تعمل|أعمل|موظف)",
)
"""The writer is away, gone or closed; people say that as well."""

INSTEAD = (
    (
        " (?:will|i'll|we'll|may|might|can|shall) ~(?:reply|replies|respond|response|answer|get back|read)~ (?:back"
        "|return|delay|slow|late|reopen|later|catch up|break)"
    ),
    " i(?:'ll| will) (?:reply|respond|answer|get back)~ (?:on|when|after|once|from|as|next)",
    " (?:is|are) (?:taking|handling|answering|covering)~ my ",
    (
        " (?:will|i'll|shall) (?:look at|read|answer|go through|get to|deal with|reply to|respond to|pick up)"
        " (?:your|my|all|any|the)~ (?:on|when|after|once|from|as)"
    ),
    (
        " (?:looking after|monitoring|covering|handling|watching|answering) my (?:inbox|mail|mails|e-?mail|work"
        "|tasks|requests)"
    ),
    " (?:team|colleague|office|reception|desk)[^ ]*~ (?:can|will) help:?",
    (
        " (?:delay|delays|slow|slower|late) (?:in|to|than|with)(?: usual)?(?: in)?(?: my)? ?(?:repl|respon|answer"
        "|getting)"
    ),
    (
        " (?:not|don't|won't|rarely|only|occasionally|seldom) (?:be )?(?:read|reading|check|checking|monitor"
        "|monitoring|access|see|seeing)(?: my| any| this| these)? (?:e-?mail|mail|messages|inbox)"
    ),
    " (?:for|with) anything (?:urgent|pressing|important)",
    " (?:mail|mails|messages|emails)~ (?:will be|are) (?:deleted|not read|not forwarded)",
    " (?:your|this) (?:message|e-?mail) (?:has|was|will) not (?:been |be )?(?:forwarded|delivered|read)",
    (
        " (?:please|kindly) (?:use|visit|contact|write to|direct|send|address|reach|forward|refer|try)~ (?:instead"
        "|form|portal|office|desk|colleague|@|team)"
    ),
    " (?:new|current) (?:e-?mail )?address is ",
    (
        " (?:e-?mails|nachrichten|mails)~ (?:nur|nicht|selten|unregelmäßig|eingeschränkt)~ (?:lesen|abrufen"
        "|beantworten|gelesen|abgerufen|beantwortet|bearbeitet|weitergeleitet)"
    ),
    " (?:lese|beantworte|bearbeite|sehe) ich~ (?:erst|am|ab|nach|wieder|nächsten)",
    " (?:lesen|beantworten|bearbeiten) wir (?:wieder|erst|ab)",
    " (?:meine|seine|ihre) (?:aufgaben|vertretung|nachfolge|themen)~ (?:hat|übernimmt|ist)",
    " (?:melde|antworte|kümmere)~ (?:mich|ihnen)~ (?:wieder|ab|montag|danach|rückkehr|zurück)",
    " (?:dringend|eilig)[a-z]* (?:themen|fällen|fragen|angelegenheiten|anliegen|sachen)",
    (
        " (?:ihre|deine) (?:nachricht|e-?mail|mail|anfrage)~ (?:nicht|erst|später)~ (?:beantworten|lesen|bearbeiten"
        "|sehen)"
    ),
    " (?:nutzen|verwenden|benutzen) sie~ (?:bitte|formular|kontaktformular|portal)",
    " ihre (?:nachricht|e-mail|mail) (?:wurde|wird) nicht ",
    " (?:sie )?erreichen (?:sie )?mich (?:ab|künftig|nun|jetzt|stattdessen|unter|wieder)",
    " wenden sie sich~ an",
    " (?:ab dem|nach dem|am)~ (?:wieder|zurück)",
    " (?:répondrai|traiterai|lirai|reviendrai)~ (?:retour|possible|délais|rentrée)",
    " (?:ne )?(?:consulterai|lirai|regarderai)~ (?:mails|messages|messagerie|courriels)",
    " (?:écrivez|adressez|contactez|envoyez)~@",
    " (?:réouverture|reprise|retour) (?:le|lundi|mardi|mercredi|jeudi|vendredi)",
    " je (?:lirai|répondrai|traiterai|consulterai|verrai)~ (?:vos|votre|mes|tous)",
    " (?:suit|gère|reprend|traite|s'occupe de)~ (?:vos|mes) (?:dossiers|demandes|messages|mails)",
    " (?:utilisez|merci d'utiliser|veuillez utiliser)~ (?:formulaire|site|portail)",
    " (?:votre|vos) (?:message|demande|mail)s?~ (?:retour|réouverture|rentrée)",
    (
        " (?:merci|prière|veuillez)(?: d'| de | )(?:écrire|adresser|contacter|vous adresser|envoyer|joindre"
        "|transmettre)~@"
    ),
    " (?:pouvez|peut|pourrez)~ (?:adresser|contacter|joindre|écrire)~ (?:pendant|durant|en) mon absence",
    " (?:responderé|contestaré|leeré|atenderé)~ (?:regreso|vuelta|vuelva|regrese|pronto|posible|retorno)",
    " (?:diríjase|diríjanse|escriba|escríbanos|contacte|póngase|comuníquese|envíe)~@",
    " (?:consultaré|revisaré|leeré|miraré)~ (?:correo|mensajes|email)",
    (" (?:contestaremos|responderemos|atenderemos|retomaremos)~ (?:el|lunes|martes|miércoles|jueves|viernes|partir)"),
    " (?:escriban|escriba|escribid|diríjanse)~@",
    " (?:les|le|os|te) (?:contesto|respondo|contestaré|responderé|escribo)",
    " (?:reviso|leo|consulto|veo)~ (?:poco|apenas|menos|no)~ (?:correo|mensajes|email)",
    " (?:puede|pueden) (?:dirigirse|contactar|escribir|ponerse|comunicarse)",
    " (?:دیر به دیر|به ندرت|کمتر|با تأخیر|با تاخیر|محدود)~ (?:ایمیل|پیام|نامه|پاسخ)",
    " (?:درخواست|نامه|مکاتبات|پیام|ایمیل|سوال|پرسش)~ به ~@",
    " با (?:نشانی|آدرس|ایمیل|دفتر|همکار|همکارم|خانم|آقای|سرکار|جناب|شماره)~ (?:مکاتبه|تماس|ارتباط|هماهنگ|در میان)",
    " (?:پیام|ایمیل|نامه)[^ ]*(?: [^ ]+)? (?:را )?(?:بعد|پس) از~ (?:می خوانم|می بینم|پاسخ|جواب|بررسی)",
    " (?:فرم تماس|فرم ارتباط|وب سایت|سامانه)~ (?:استفاده|مراجعه)",
    " (?:پاسخ|جواب)(?: به)?(?: [^ ]+)? ?(?:ها|ایمیل ها|پیام ها)?~ (?:با تأخیر|با تاخیر|دیرتر)",
    " جانشین (?:من|بنده|اینجانب|ایشان)",
    " امکان (?:پاسخ|دسترسی|بررسی)~ (?:ندارم|نیست|ندارد|وجود ندارد)",
    " (?:پس|بعد) از (?:بازگشایی|تعطیلات|بازگشت|برگشت|پایان)",
    " به (?:همکارم|خانم|آقای|سرکار خانم|جناب آقای)~ (?:پیام|اطلاع|مراجعه|ایمیل|بسپارید|بفرمایید)",
    " و?(?:قد|سوف|سی)~ ?(?:یتأخر|أتأخر|تتأخر|یتاخر|أتاخر)~ ?(?:رد|الرد)",
    " و?(?:سأرد|سأقوم بالرد|سأجیب|سنرد|سنعاود|نعاود|سنستأنف)",
    " (?:یرجى|الرجاء|نرجو) (?:توجیه|إرسال|تحویل|استخدام|مراسلة|التوجه)",
    " (?:المراسلة|مراسلتنا|التواصل|الاتصال|مراسلة|التوجه)~ (?:على|مع|ب|إلى|عبر)",
)
"""What becomes of mail meanwhile, and whom else to ask."""

MATTER = (
    " (?:contact|call|ask|reach|speak|talk)~ (?:for|about|regarding|concerning) (?:the|this|your|our|my|that) ",
    " (?:attached|enclosed|tomorrow|tested|test it|check it|look into it)[ .,!]",
    " (?:anbei|beigefügt|im anhang|morgen|wegen|bezüglich|testen|getestet|ausprobieren|ausprobiert)[ .,!]",
    " (?:ci-joint|en pièce jointe|demain|tester|testé|à propos d|au sujet d|concernant)",
    " (?:contacter|joindre|appeler|voir)~ pour (?:la|le|les|l'|cette|votre) ?",
    " (?:adjunt|mañana|probar|probado|sobre el|sobre la|respecto)",
    " (?:contactar|hablar|llamar|puede)~ para (?:la|el|los|las|esta|este|su) ",
    " (?:فردا|پیوست|ضمیمه|امتحان|درباره|در مورد|بابت|برای تحویل|برای نصب|برای تحویل|برای این|برای آن)",
    " (?:غدا|بخصوص|بشأن|مرفق|المرفق|اختبار|باختبار|تجربة)",
)
"""This one matter, or what is to come: people speak of it, notices know of none."""

NUMBERED = (
    "[\\[(]?(?:ticket|case|request|incident|inc|jira|support|anfrage|vorgang|demande|dossier|caso"
    "|solicitud)[^\\])]{0,30}[0-9]"
)
"""How a subject begins that names a ticket of somebody else's desk."""

RECEIPT_OPENINGS = (
    "we have received your", "we've received your", "we received your", "your request has been",
    "your enquiry has been", "your inquiry has been", "your message has been", "your case has been",
    "your ticket has been", "your email has been", "thank you for contacting", "thanks for contacting",
    "thank you for getting in touch", "thanks for getting in touch", "acknowledgement of", "acknowledgment of",
    "receipt of your", "confirmation of receipt", "eingangsbestätigung", "bestätigung ihrer anfrage", "ihre anfrage",
    "wir haben ihre", "vielen dank für ihre", "accusé de réception", "accuse de reception",
    "votre message a bien été", "votre demande a bien été", "nous avons bien reçu", "confirmation de réception",
    "acuse de recibo", "hemos recibido su", "hemos recibido tu", "confirmación de recepción", "gracias por contactar",
    "تم استلام رسالت", "تم استلام طلبک", "تم تسجیل طلب", "شکرا لتواصل", "إشعار استلام", "دریافت پیام شما",
    "دریافت ایمیل شما", "پیام شما دریافت", "ایمیل شما دریافت", "درخواست شما دریافت", "درخواست شما ثبت",
    "تیکت شما ثبت", "تیکت جدید", "از تماس شما", "سپاس از تماس", "اعلام وصول", "اعلام دریافت", "رسید دریافت",
)  # fmt: skip
"""How the subject of an acknowledgement begins; people begin so as well."""

SHAPES = {
    "UNREAD": UNREAD,
    "COMPANY": COMPANY,
    "RECEIVED": RECEIVED,
    "ABSENCE": ABSENCE,
    "INSTEAD": INSTEAD,
    "MATTER": MATTER,
}
"""Name -> shapes."""
