"""Word lists of what customers write: judgements, thanks, and what makes a number count something else.

Spelt as ``folding.fold`` gives them: no ZWNJ, Persian ی and ک, آ as ا.
"""

from __future__ import annotations

from maildesk.commands.folding import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


ABOUT_RATING = _words(
    """
    rate rating rated score scored grade give gave giving stars points bewertung نمره نمرهام نمرهی امتیاز
    امتیازم امتیازی ستاره رتبه
    """
)
"""A number that follows these is a rating."""

BETWEEN = _words(
    """
    you it them this a an the is of my your service support team full solid من شما به خدمات پشتیبانی تان تون ی
    هم
    """
)
"""What may stand between "rating" or "give" and the number."""

GREETINGS = _words(
    """
    hello hi hey dear hallo bonjour hola team support all good morning afternoon evening سلام درود عزیز گرامی
    همکاران همکار محترم پشتیبانی وقت بخیر روز عصر صبح شما علیکم وقتتون خدمت با و احترام عرض
    """
)
"""A line of these is passed over."""

MAYBE = _words(
    """
    if would could should between or maybe perhaps almost nearly instead only wish not no never nicht kein wenn
    than until was were before expected too اگر اگه یا بین شاید نه نمیدهم نمیدم ولی کاش قرار باید تا
    """
)
"""A number near these may not be meant."""

BEST = _words(
    """
    excellent perfect amazing awesome fantastic outstanding brilliant wonderful superb great exceptional
    flawless terrific best ausgezeichnet perfekt hervorragend excelente parfait عالی عالیه محشر بینظیر فوقالعاده
    معرکه درجهیک بهترین عاالی عالیی
    """
)
"""Judgements worth five stars."""

GOOD = _words(
    """
    good happy satisfied pleased nice helpful fine gut zufrieden bien bueno خوب خوبه راضی رضایتبخش مفید خوشحال
    مطلوب
    """
)
"""Four stars."""

MIDDLING = _words(
    """
    ok okay average mediocre acceptable soso معمولی متوسط معمولیه بدک
    """
)
"""Three stars."""

BAD = _words(
    """
    bad poor disappointing disappointed unhappy unsatisfied dissatisfied unhelpful schlecht بد بدی ضعیف ناراضی
    ناراضیام ناامیدکننده
    """
)
"""Two stars."""

WORST = _words(
    """
    terrible awful horrible worst useless disgusting pathetic dreadful unacceptable furchtbar افتضاح افتضاحه
    فاجعه مزخرف بدترین وحشتناک اشغال داغون غیرقابلقبول
    """
)
"""One star."""

VERY = _words(
    """
    very really so extremely totally absolutely completely fully highly super sehr tres muy خیلی بسیار کاملا
    واقعا فوق حسابی اصلا
    """
)
"""They make a judgement stronger."""

BLOCK = _words(
    """
    not no never nothing without still again but however although unfortunately yet broken hardly barely dont
    didnt doesnt wasnt isnt cant couldnt except if would could until another once when why how only than idea
    luck problem waiting nicht aber leider should ولی اما متاسفانه هنوز نه نیست نبود نشد نشده نداشت ندارم ندارد
    اگر اگه کاش دوباره چرا کی چطور مشکل باز فقط نیستم نبودم بدون قرار باید بهتر better worse بدتر morning
    afternoon evening night day weekend صبح عصر شب روز
    """
)
"""A judgement near these may be meant otherwise."""

AFTER = _words(
    """
    for from and but thanks thank برای به با ممنون تشکر مرسی سپاس
    """
)
"""What may follow a rating that begins a sentence."""

THANKS_WORDS = _words(
    """
    for thanks thank you thx ty cheers many much so very a lot all again your the help support time reply answer
    response quick fast great good perfect excellent awesome wonderful brilliant nice cool super ok okay fine
    got it this that is was works working now worked solved fixed resolved everything regards best kind warm
    wishes sincerely dear hello hi hey team day weekend have and appreciate appreciated received noted
    understood done truly really kindly indeed guys perfectly well both i we im danke dank vielen besten
    herzlichen schönen schöne tag für die das ihre hilfe antwort schnelle klasse prima gut alles freundliche
    freundlichen grüsse grüssen gruss mit viele liebe hallo jetzt funktioniert es geht erledigt perfekt schön
    und merci beaucoup bien pour votre aide réponse rapide bonne journée cordialement parfait bonjour tout mille
    fois et gracias muchas mil por la su ayuda respuesta rápida saludos perfecto hola todo excelente grazie tante
    molte per il vostro aiuto risposta perfetto saluti cordiali gentile ciao obrigado obrigada muito pela ajuda resposta
    perfeito abraço je wel het snelle antwoord bedankt hartelijk voor hulp groet groeten met vriendelijke
    tack så mycket för hjälpen
    takk tak mange hälsningar hilsen teşekkürler teşekkür ederim ederiz çok sağolun yardımınız için спасибо
    большое огромное вам за помощь ответ благодарю شکرا جزیلا لک لکم علی المساعده ممنون ممنونم ممنونیم متشکرم
    متشکریم تشکر مرسی سپاس سپاسگزارم سپاسگزاریم سپاسگذارم خیلی بسیار فراوان واقعا از شما لطف لطفتون لطفتان کمک
    کمکتون کمکتان پاسخ پاسختون پاسختان پیگیری پیگیریتون پیگیریتان پاسخگویی سریع خوب خوبتون عالی عالیه بود باشید
    باشین سلامت موفق خسته نباشید نباشین دست دستتون دستتان درد نکنه نکند زنده پاینده با احترام درود سلام و حل شد
    شده انجام درست مشکل مشکلم مشکلمون همه چیز اوکی دریافت کردم رسید ارادتمند روز خوش بخیر وقت وقتتون گرامی همکار
    همکاران محترم عزیز تیم پشتیبانی قدردانی میکنم میکنیم زحمت زحمات زحمتتون ممنونتونم یک دنیا بابت برای راهنمایی
    راهنماییتون راهنماییتان توجه توجهتون حله دمتون گرم
    """
)
"""All that a mail which only says thanks is made of."""

TURNED = _words("is was are were have has does did do can will ist war funktioniert geht haben hat werkt")
"""A sentence that begins with one of these and goes on with one of the next asks, with or without its mark."""

ASKED_ABOUT = _words("it this that everything all you your the i we there es das alles die der ihr het alles")
"""What a turned sentence is about."""

THANKING = _words(
    """
    thanks thank thx ty cheers appreciate appreciated danke dank merci gracias grazie obrigado obrigada bedankt
    tack takk tak teşekkürler teşekkür спасибо благодарю شکرا ممنون ممنونم ممنونیم متشکرم متشکریم تشکر مرسی سپاس
    سپاسگزارم سپاسگزاریم سپاسگذارم نکنه نکند ممنونتونم دمتون نباشید نباشین قدردانی
    """
)
"""At least one of these stands in a mail that says thanks."""
