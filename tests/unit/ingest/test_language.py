import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ممنون", "fa"),
        ("تشکر", "fa"),
        ("بله", "fa"),
        ("سلام، فاکتور من اشتباه است. لطفاً بررسی کنید.", "fa"),
        ("سلام، لطفا راهنمايي كنيد. رمزم را فراموش كرده ام", "fa"),
        ("سلام وقت بخير كالاي من نرسيده", "fa"),
        ("حساب من باز نمی‌شود", "fa"),
        ("پرداخت شد", "fa"),
        ("شماره سفارش: 12345 - https://example.com/order?id=12345&lang=en - وضعیت چیست؟", "fa"),
        ("سلام.\nError log: ConnectionError at module.line 12\nTraceback (most recent call last)", "fa"),
        ("السلام عليكم، أريد فاتورة جديدة من فضلكم", "ar"),
        ("مرحبا، لم أستلم الطلب حتى الآن", "ar"),
        ("شكرا", "ar"),
        ("نعم", "ar"),
        ("الحساب لا يعمل", "ar"),
        ("متى يصل طلبي؟", "ar"),
        ("آپ کا شکریہ، میرا بل غلط ہے", "ur"),
        ("Hello, my invoice is wrong. Please help.", "en"),
        ("Thanks!", "en"),
        ("Invoice 4711 missing", "en"),
        ("Guten Tag, meine Rechnung stimmt nicht. Bitte prüfen Sie das.", "de"),
        ("Vielen Dank", "de"),
        ("Bonjour, ma facture est fausse", "fr"),
        ("Merci !", "fr"),
        ("Hola, mi factura está mal, gracias", "es"),
        ("Buongiorno, la mia fattura non è corretta", "it"),
        ("Olá, a minha fatura está errada", "pt"),
        ("Hallo, mijn factuur klopt niet, graag aanpassen", "nl"),
        ("Merhaba, faturam yanlış, lütfen bakın", "tr"),
        ("Dzień dobry, moja faktura jest błędna", "pl"),
        ("Здравствуйте, у меня неверный счёт", "ru"),
        ("Вітаю, мій рахунок невірний, є помилка", "uk"),
        ("שלום, החשבונית שגויה", "he"),
        ("您好，发票有误", "zh"),
        ("請求書が間違っています", "ja"),
        ("청구서가 잘못되었습니다", "ko"),
        ("Γεια σας, το τιμολόγιο είναι λάθος", "el"),
        ("สวัสดีครับ ใบแจ้งหนี้ผิด", "th"),
        ("", ""),
        ("12345", ""),
        ("👍", ""),
        ("https://example.com/x", ""),
        ("Xyzzy plugh", ""),
        ("Test a", ""),
        ("as soon as", ""),
        ("os x", ""),
        ("Printer 4, as is", "en"),
    ],
)
def test_languages(text, language):
    assert detect(text) == language


def test_the_subject_counts():
    assert detect("", "فاکتور اشتباه است") == "fa"
    assert detect("4711", "My invoice is wrong") == "en"


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("4711", "fa", "fa"),
        ("4711", "de-AT, en", "de"),
        ("4711", "", ""),
        ("4711", "xx-\x00", "xx"),
        ("4711", "not a language", ""),
        ("سلام، ممنون", "en-US", "fa"),
        ("Hello, thanks for the help", "fa", "en"),
    ],
)
def test_a_declared_language_counts_only_where_the_text_says_nothing(text, declared, language):
    assert detect(text, "", declared) == language


@given(st.text(max_size=300), st.text(max_size=50), st.text(max_size=20))
def test_never_raises(text, subject, declared):
    code = detect(text, subject, declared)
    assert code == "" or (code.isalpha() and code.isascii() and len(code) <= 3)


@pytest.mark.parametrize("piece", ["سلام ", "hello ", "x", "ü", "\n", "请", "\u200c"])
def test_only_the_beginning_is_read(piece):
    def seconds(size):
        text = piece * (size // len(piece))
        start = time.process_time()
        detect(text)
        return time.process_time() - start

    seconds(1000)
    assert min(seconds(1_000_000) for _ in range(3)) < 10 * max(min(seconds(8000) for _ in range(3)), 0.0003)
