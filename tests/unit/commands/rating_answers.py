"""Answers to "how was it? reply 1 to 5" as people write them, and what they mean; None: no person could be sure."""

ANSWERS: tuple[tuple[str, int | None], ...] = (
    # plain numbers
    ("5", 5), ("4", 4), ("3", 3), ("2", 2), ("1", 1), ("۵", 5), ("۴", 4), ("۳", 3), ("۲", 2), ("۱", 1), ("٥", 5), ("٤", 4),
    ("5!", 5), ("5.", 5), ("(5)", 5), ("5 ", 5), ("  4\n", 4), ("5+", 5), ("5*", 5), ("*5*", 5), ("5!!!", 5), ("\u200f۵", 5), ("\u200e5", 5),
    ("5 5 5", 5), ("**4**", 4), ('"5"', 5), ("۵!", 5), ("۵.", 5), ("= 5", 5), ("five", 5), ("Five!", 5), ("four", 4), ("پنج", 5), ("چهار", 4),
    ("سه", 3), ("One", 1), ("یک", 1), ("Two.", 2),
    # scales
    ("5/5", 5), ("4/5", 4), ("3 / 5", 3), ("1/5", 1), ("۵/۵", 5), ("۴ از ۵", 4), ("۵ از ۵", 5), ("5 از 5", 5), ("پنج از پنج", 5),
    ("۲ از ۵", 2), ("5 of 5", 5), ("4 out of 5", 4), ("four out of five", 4), ("10/10", 5), ("۱۰ از ۱۰", 5), ("8/10", 4), ("9 out of 10", 5),
    ("2/10", 1), ("۲۰ از ۲۰", 5), ("20/20", 5), ("100/100", 5), ("0/5", 1), ("۰ از ۵", 1), ("0/10", 1), ("5 von 5", 5), ("4 sur 5", 4),
    ("ده از ده", 5), ("10/10 would recommend", 5), ("5/5 thank you!", 5), ("4/5 - a bit slow", 4), ("۴ از ۵، کمی کند بود", 4),
    # stars and faces
    ("⭐⭐⭐⭐⭐", 5), ("★★★★", 4), ("★★★☆☆", 3), ("⭐", 1), ("⭐️⭐️⭐️", 3), ("5 stars", 5), ("Five stars!", 5), ("4 stars from me", 4), ("۵ ستاره", 5),
    ("پنج ستاره", 5), ("1 star", 1), ("one star", 1), ("5⭐", 5), ("👍", 5), ("👍👍👍", 5), ("👍🏽", 5), ("👎", 1), ("👎🏿", 1), ("😀", 5), ("😡", 1), ("🙂", 4),
    ("😐", 3), ("❤️", 5), ("👏👏", 5), ("😡😡", 1), ("💯", 5), ("☹️", 2), ("👌", 4), ("5 👍", 5), ("👍 5", 5), ("☆☆☆☆☆", None), ("⭐⭐⭐⭐⭐⭐", None),
    # a number and words
    ("5 - great service", 5), ("5, thanks", 5), ("5, thank you very much", 5), ("5 excellent support", 5), ("5 عالی بود", 5), ("۵ عالی", 5),
    ("۵، ممنون", 5), ("۵ ممنون از پیگیری", 5), ("4: friendly but slow", 4), ("Sehr gut, 5", 5), ("Sehr gut: 5", 5), ("Very good, 5", 5), ("خیلی خوب، ۵", 5),
    ("عالی بود: ۵", 5), ("Rating: 4", 4), ("My rating: 5", 5), ("rating 3", 3), ("I give you a 4", 4), ("I give 5 stars", 5), ("I rate it 5", 5),
    ("نمره ۵", 5), ("امتیاز: ۴", 4), ("نمره من ۴", 4), ("امتیاز من ۵ است", 5), ("نمره ۵ می‌دهم", 5), ("به شما ۵ می‌دهم", 5), ("من ۵ می‌دم", 5),
    ("Score: 2", 2), ("2 - nobody called back", 2), ("1. Terrible experience", 1), ("1 - افتضاح", 1), ("۱. اصلا جواب ندادند", 1),
    ("3, took too long", 3), ("5 for Sara!", 5), ("۵ برای سارا", 5), ("5 from me", 5), ("Grade: 5", 5), ("5 points", 5), ("5 (very helpful)", 5),
    ("5 but it took long", 5), ("5 and thanks", 5), ("Hello,\n5\nBest, Leila", 5), ("سلام\n۵\nبا تشکر", 5), ("Hi team,\n\n4\n\nThanks", 4),
    ("Dear Sara,\n5 - perfect!", 5), ("سلام وقت بخیر\n۴ از ۵", 4), ("Thanks!\n5", 5), ("ممنون\n۵", 5), ("Thank you for your help.\n\n4/5", 4),
    ("5\nThe problem was solved in an hour.", 5), ("۲\nسه روز منتظر ماندم", 2), ("5\n\nLeila\nSent from my iPhone", 5),
    # words alone
    ("Excellent", 5), ("excellent!", 5), ("Perfect, thank you!", 5), ("Great service", 5), ("Very good", 5), ("good", 4), ("Good.", 4), ("ok", 3), ("Okay", 3),
    ("average", 3), ("bad", 2), ("very bad", 1), ("Terrible", 1), ("awful!", 1), ("not good", 2), ("I am not satisfied", 2), ("very satisfied", 5),
    ("satisfied", 4), ("unhappy", 2), ("very unhappy", 1), ("Very disappointed", 1), ("worst support ever", 1), ("The best support ever!", 5), ("amazing", 5),
    ("عالی", 5), ("عالی بود", 5), ("عالی بود ممنون", 5), ("خیلی عالی", 5), ("خوب", 4), ("خوب بود", 4), ("خیلی خوب", 5), ("خیلی خوب بود", 5), ("متوسط", 3),
    ("معمولی", 3), ("بد", 2), ("خیلی بد", 1), ("بد نبود", 3), ("خوب نبود", 2), ("افتضاح", 1), ("افتضاح بود", 1), ("راضی بودم", 4), ("کاملاً راضی بودم", 5),
    ("راضی نبودم", 2), ("اصلا راضی نبودم", 1), ("اصلاً راضی نیستم", 1), ("خیلی راضی هستم", 5), ("فوق‌العاده بود", 5), ("فوق العاده", 5), ("بی‌نظیر", 5), ("بی نظیر بود", 5),
    ("عالي", 5), ("ضعیف", 2), ("خیلی ضعیف", 1), ("ناراضی", 2), ("فاجعه", 1), ("عالی بود، دستتون درد نکنه", 5), ("sehr gut", 5), ("gut", 4), ("schlecht", 2), ("پشتیبانی عالی", 5),
    ("عالی 👍", 5), ("Great 👍", 5), ("bad 👎", 1),
    # nobody could be sure
    ("Thanks", None), ("Thank you!", None), ("ممنون", None), ("مرسی", None), ("دستتون درد نکنه", None), ("🙏", None), ("yes", None), ("no", None), ("بله", None),
    ("3-4", None), ("3 or 4", None), ("۳ یا ۴", None), ("between 3 and 4", None), ("4.5", None), ("۴٫۵", None), ("4,5", None), ("6", None), ("10", None), ("0", None),
    ("7/5", None), ("6/5", None), ("11/10", None), ("5/5 for speed, 2/5 for the result", None), ("12345", None), ("1-5", None), ("1 to 5?", None), ("5?", None), ("۵؟", None),
    ("2 days later and still nothing", None), ("5 days I waited", None), ("3 times I asked", None), ("۲ روز طول کشید", None), ("1 problem remains", None),
    ("4 me it was great", None), ("Would have been 5 if you had called", None), ("I would not give 5", None), ("not 5", None), ("Great, still not working", None),
    ("Great, another week without an answer", None), ("perfect, now it is broken again", None), ("good but slow", None), ("5 👎", None), ("1 👍", None), ("1 - excellent!", None),
    ("5 terrible", None), ("My order number is 4", None), ("ticket 1042", None), ("call me at 5", None), ("How do I rate?", None), ("چطور باید امتیاز بدهم؟", None),
    ("عالی نبود", None), ("not bad", None), ("thanks for nothing", None), ("I don't know", None), ("نمی‌دانم", None), ("", None), ("   ", None), ("Please close it", None),
    ("It is still not solved", None), ("هنوز حل نشده", None), ("مشکل حل نشد", None), ("It works now", None), ("👍👎", None), ("😀😡", None), ("اگر زنگ می‌زدید ۵ می‌دادم", None),
    ("۵ روز منتظر ماندم", None), ("5 minutes would have been nice", None), ("Room 5", None), ("no 5", None), ("less than 3", None), ("STOP", None), ("unsubscribe", None),
    ("I am out of the office until 5 May", None), ("better than before", None), ("Good morning", None), ("good luck", None), ("No problem", None), ("-5", None), ("#5", None),
)  # fmt: skip
