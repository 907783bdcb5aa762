"""Small words and letters that tell languages apart. Data only."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PERSIAN = _words(
    """
    آقای آن از است اما اگر ای این با باشد بخیر برای بشه بفرمایید بله به بود تا تشکر جناب حساب خانم خسته خواهشمند
    خواهشمندم خوب خود خیلی دارد دارم داریم درود دو دیگر دیگه را روز سفارش سلام سه سپاس سپاسگزارم شد شده شما
    شماره شود عزیز فاکتور فرمایید لطفا لطفاً ما متشکرم مرسی مشکل ممنون من می میشه نباشید ندارد ندارم نشده نمی
    نمیشه نه نیست ها های هر هست هستم هستید هم همان همه همین هنوز وقت ولی چرا چطور چه کار کجا کرد کنم کنید کنیم
    که گرامی یا یک
    """
)

ARABIC = _words(
    """
    أرجو أرید أن أنا أنت أهلا أو أین إلی إن ارجو ارید الآن التی الذی السلام الله الی ان انا اهلا او بعد بین تحیة
    ثم جزیلا حتی شكراً شکر شکرا شکراً طیبة علی علیکم عن عند عندی غیر فی قبل قد لا لدی لدینا لم لماذا لن لکن ما
    متی مرحبا مع منذ نحن نعم هذا هذه هل هو هی وبرکاته وبعد ورحمة وعلیکم کان کانت کل کلا کیف یا یمکن
    """
)
"""In letters made alike: Arabic ی and ک as in Persian."""

PERSIAN_LETTERS, ARABIC_LETTERS = "پچژگ", "ةىأإؤئ"
URDU_LETTERS, PASHTO_LETTERS, KURDISH_LETTERS = "ٹڈڑںے", "ټډړښځڅېڼ", "ێۆڕڵە"

LATIN = {
    "en": _words(
        """
        the and you your for with this that have has not are was were will would can could please thank thanks
        hello hi dear regards my me we our us is it its of to in on i'm i am don't doesn't when what how why
        from be been do does did an at by if or but so there which they any help need still yes no ok okay good
        morning sorry best invoice order password problem login error account payment refund delivery missing
        broken question request urgent update a as i come die men met os per war
        """
    ),
    "de": _words(
        """
        der die das und ich sie ihr ihre ihnen nicht ist sind war mit für von auf ein eine einen dem den des zu
        zum zur bitte danke hallo guten tag sehr geehrte geehrter herren freundlichen grüßen grüße gruß wir uns
        haben habe hat wird werden kann können oder aber auch noch nur wie was wenn bei nach über mein meine mir
        mich kein keine vielen dank rechnung bestellung passwort fehler konto zahlung lieferung frage fehlt
        """
    ),
    "fr": _words(
        """
        le la les et je vous nous votre vos notre de des du un une est sont pas ne que qui dans pour avec sur au
        aux ce cette ces mon ma mes bonjour merci cordialement s'il plaît j'ai c'est n'est être avoir plus très
        bien mais ou où depuis madame monsieur salut facture commande
        """
    ),
    "es": _words(
        """
        el la los las y yo usted ustedes su sus de del un una es son no que en para con por se lo al mi mis me
        le nos hola gracias buenos días saludos favor pero está están tengo tiene hay más muy cuando cómo qué
        como desde estimado buenas tardes factura pedido
        """
    ),
    "it": _words(
        """
        il lo la gli le e io lei voi suo vostra di del della dei un una è sono non che in per con si al alla mio
        mia mi ci ciao grazie buongiorno saluti cordiali ma ho ha abbiamo questo questa come quando anche più
        molto gentile salve prego dal nel fattura ordine
        """
    ),
    "pt": _words(
        """
        o a os as e eu você vocês seu sua de do da dos das um uma é são não que em para com por se no na ao meu
        minha me nos olá obrigado obrigada bom dia boa tarde atenciosamente mas está estão tenho tem há mais
        muito quando como desde foi também fatura encomenda
        """
    ),
    "nl": _words(
        """
        de het een en ik u uw je jij niet is zijn was met voor van op te dat die dit deze aan bij naar maar ook
        nog wel geen mijn ons wij hebben heb heeft wordt kan kunnen groet groeten bedankt dank hallo beste
        geachte graag alvast vriendelijke factuur bestelling
        """
    ),
    "tr": _words(
        """
        ve bir bu için ile çok ben siz sizin bana lütfen teşekkürler teşekkür ederim merhaba değil var yok ne
        nasıl ama gibi daha olarak olan mi mı iyi günler sayın saygılarımla selam fatura sipariş
        """
    ),
    "pl": _words(
        """
        i w na z nie się jest że do to o jak ale dla po za od czy mam dzień dobry proszę dziękuję pozdrawiam
        witam jestem są przez moje mój państwo
        """
    ),
    "sv": _words(
        """
        och att det som en ett är inte jag ni du på av för med till den har kan men om hej tack vänliga
        hälsningar mvh vi min från
        """
    ),
    "id": _words(
        """
        yang dan di ini itu untuk dengan tidak saya anda kami terima kasih mohon tolong selamat pagi dari ke
        sudah belum akan bisa ada
        """
    ),
}

LATIN_LETTERS = (
    ("de", "ßäöü"),
    ("tr", "ışğİ"),
    ("pl", "łąęśżźćń"),
    ("es", "ñ¿¡"),
    ("pt", "ãõ"),
    ("fr", "êèœçù"),
    ("sv", "å"),
)
