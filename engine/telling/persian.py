"""A report's phrases and the months' names in Persian."""

from __future__ import annotations

from collections.abc import Mapping

MONTHS: Mapping[str, str] = {
    "Farvardin": "فروردین", "Ordibehesht": "اردیبهشت", "Khordad": "خرداد", "Tir": "تیر", "Mordad": "مرداد",
    "Shahrivar": "شهریور", "Mehr": "مهر", "Aban": "آبان", "Azar": "آذر", "Dey": "دی", "Bahman": "بهمن",
    "Esfand": "اسفند",
    "January": "ژانویه", "February": "فوریه", "March": "مارس", "April": "آوریل", "May": "مه", "June": "ژوئن",
    "July": "ژوئیه", "August": "اوت", "September": "سپتامبر", "October": "اکتبر", "November": "نوامبر",
    "December": "دسامبر",
}  # fmt: skip

_WORDS = {
    "IRR": "ریال",
    "GBP": "پوند",
    "EUR": "یورو",
    "USD": "دلار",
    "tomans": "تومان",
    "Back": "بازگشت",
    "Report": "گزارش",
    "now": "اکنون",
    "before": "پیش از آن",
    "change": "تغییر",
    "better": "بهتر",
    "worse": "بدتر",
    "customers": "مشتریان",
    "first order": "نخستین سفارش",
    "Groups": "گروه‌ها",
    "champions": "قهرمانان",
    "cannot lose": "نباید از دست بروند",
    "loyal": "وفادار",
    "at risk": "در خطر",
    "new": "تازه",
    "promising": "امیدبخش",
    "hibernating": "در خواب",
    "unknown": "نامعلوم",
    "others": "دیگران",
    "entered": "وارد شدند",
    "sent": "فرستاده شد",
    "delivered": "رسید",
    "opened": "باز شد",
    "clicked": "کلیک شد",
    "bought": "خریدند",
    "bounced": "برگشت خورد",
    "unsubscribed": "لغو عضویت",
    "complained": "شکایت",
    "failed": "ناموفق",
    "cost": "هزینه",
    "treated": "دریافت‌کنندگان",
    "holdout": "گروه گواه",
    "all treated": "همه دریافت‌کنندگان",
    "ran elsewhere": "در جای دیگر اجرا شده",
    "professional services": "خدمات حرفه‌ای",
    "insurance": "بیمه",
    "IT services": "خدمات فناوری اطلاعات",
    "telecom": "مخابرات",
    "banks": "بانک‌ها",
    "retail": "خرده‌فروشی",
    "1 year": "یک سال",
    "30 days": "۳۰ روز",
}

_FORMS = {
    "{number} days": "{number} روز",
    "{number} points": "{number} واحد",
    "{low} to {high}": "{low} تا {high}",
    "{first} to {last}": "{first} تا {last}",
    "of {number}": "از {number}",
    "95% between": "۹۵٪ میان",
    "{treated} against {holdout}: {lift}, 95% between {low} and {high}": (
        "{treated} در برابر {holdout}: {lift}، ۹۵٪ میان {low} و {high}"
    ),
    "codes: {issued} issued, {used} used": "کدها: {issued} صادر، {used} استفاده شده",
    "Credited within {window}:": "به حساب آمده در {window}:",
}

_METRICS = {
    "customer retention rate": "نرخ حفظ مشتری",
    "Customers at the end, without those who were won in the period, over customers at its start.": (
        "مشتریان پایان دوره، بدون کسانی که در دوره آمدند، به مشتریان آغاز آن."
    ),
    "customer churn rate": "نرخ ریزش مشتری",
    "Customers of the start who were lost in the period: they cancelled, or were silent for too long.": (
        "مشتریان آغاز دوره که در آن از دست رفتند: لغو کردند یا دیرزمانی خاموش ماندند."
    ),
    "repeat purchase rate": "نرخ خرید دوباره",
    "Customers with at least two orders, of all who ever ordered, up to the end of the period.": (
        "مشتریانی با دست‌کم دو سفارش، از همه کسانی که تا پایان دوره سفارش داده‌اند."
    ),
    "average order value": "میانگین ارزش سفارش",
    "What an order of the period is worth on average, in the brand's currency.": (
        "ارزش میانگین یک سفارش دوره، به پول برند."
    ),
    "purchase frequency": "دفعات خرید",
    "Orders in the period by each customer who ordered in it.": (
        "سفارش‌های دوره برای هر مشتری که در آن سفارش داد."
    ),
    "time between orders": "فاصله سفارش‌ها",
    "Days from an order to the same customer's next one, in the middle of all that came in the period.": (
        "روزهای میان یک سفارش و سفارش بعدی همان مشتری، میانه همه سفارش‌های دوره."
    ),
    "historic lifetime value": "ارزش عمر تا کنون",
    "What a customer who ever ordered has spent up to the end of the period, on average.": (
        "آنچه یک مشتری تا پایان دوره به طور میانگین خرید کرده است."
    ),
    "predicted lifetime value": "ارزش عمر پیش‌بینی‌شده",
    "What a customer who ever ordered will spend in the next 365 days, on average.": (
        "آنچه یک مشتری در ۳۶۵ روز آینده به طور میانگین خواهد خرید."
    ),
    "net promoter score": "خالص ترویج‌کنندگان",
    "Would they recommend you? Those who answer 9 or 10, less those who answer 0 to 6.": (
        "آیا شما را سفارش می‌کنند؟ پاسخ‌های ۹ و ۱۰، منهای پاسخ‌های ۰ تا ۶."
    ),
    "returning visitors": "بازدیدکنندگان بازگشته",
    "Customers who visited in the period and had visited before it, of all who visited in it.": (
        "مشتریانی که در دوره آمدند و پیش از آن هم آمده بودند، از همه بازدیدکنندگان دوره."
    ),
    "gross revenue churn": "ریزش ناخالص درآمد",
    "Monthly revenue of the start that was lost, to cancellations and to smaller plans.": (
        "درآمد ماهانه آغاز دوره که با لغو یا طرح کوچک‌تر از دست رفت."
    ),
    "net revenue churn": "ریزش خالص درآمد",
    "Monthly revenue that was lost, less what customers of the start pay more at the end.": (
        "درآمد ماهانه از دست رفته، منهای آنچه مشتریان آغاز دوره در پایان بیشتر می‌پردازند."
    ),
    "retention by acquisition source": "حفظ بر پایه منبع جذب",
    "cohort retention": "حفظ هم‌گروه‌ها",
    "retention curve": "منحنی حفظ",
    "How many still buy so many months after their first order, over the cohorts of a year.": (
        "چند نفر پس از این تعداد ماه از نخستین سفارش هنوز می‌خرند، در هم‌گروه‌های یک سال."
    ),
    "RFM distribution": "پراکندگی RFM",
}

_SENTENCES = {
    "who stays, who leaves, what it brought": "چه کسی می‌ماند، چه کسی می‌رود و چه به دست آمد",
    "Changes are against the period before, from {day} on.": "تغییرها در برابر دوره پیشین است، از {day}.",
    "A customer is lost who cancelled, or ordered nothing for {length}.": (
        "مشتری از دست رفته کسی است که لغو کرد یا {length} سفارشی نداد."
    ),
    "customers at the month's start": "مشتریان در آغاز ماه",
    "revenue a month": "درآمد ماهانه",
    "orders a month": "سفارش‌های ماهانه",
    "new customers a month": "مشتریان تازه در ماه",
    "The numbers": "اعداد",
    "Nothing to count yet: no order or subscription came before the period's end.": (
        "هنوز چیزی برای شمردن نیست: پیش از پایان دوره سفارش یا اشتراکی نیامده است."
    ),
    (
        "At the start there were {start} customers; {retained} of them are still there "
        "({share}), {new} came, and "
        "{returned} who had been lost came back."
    ): (
        "در آغاز {start} مشتری بود؛ {retained} نفر از آنان هنوز هستند ({share})، {new} نفر "
        "آمدند و {returned} نفر "
        "که از دست رفته بودند بازگشتند."
    ),
    (
        "The retention rate counts those who came back as kept; the share does not, and "
        "neither sees newcomers who "
        "left again within the period."
    ): (
        "نرخ حفظ بازگشتگان را هم می‌شمارد و این سهم نه؛ و هیچ‌یک تازه‌آمدگانی را که در همان دوره رفتند نمی‌بیند."
    ),
    "How long customers stay": "مشتریان چه مدت می‌مانند",
    "Of those who first bought, the share who bought again in the first, second and later months after.": (
        "از کسانی که نخستین بار خریدند، سهم آنان که در ماه نخست، دوم و ماه‌های بعد دوباره خریدند."
    ),
    "By the month of the first order, in per cent": "بر پایه ماه نخستین سفارش، به درصد",
    "A dashed cell is of a month that is not over.": "خانه خط‌چین ماهی است که هنوز تمام نشده.",
    "Who leaves": "چه کسی می‌رود",
    "Customer churn by month": "ریزش مشتری در هر ماه",
    "Of the customers at a month's start, the share who were lost in it. Dashed: the month is not over.": (
        "از مشتریان آغاز ماه، سهم آنان که در آن از دست رفتند. خط‌چین: ماه تمام نشده است."
    ),
    "Kept, by where customers came from": "حفظ‌شدگان، بر پایه اینکه از کجا آمدند",
    "Customer retention by industry": "حفظ مشتری در صنعت‌ها",
    "you, in the last year": "شما، در سال گذشته",
    "As published, by the year:": "سالانه، چنان که منتشر شده:",
    "How customers are spread": "پراکندگی مشتریان",
    "Last order (across) and number of orders (up)": "آخرین سفارش (افقی) و تعداد سفارش (عمودی)",
    "5 is best: the most recent, the most orders.": "۵ بهترین است: تازه‌ترین و پرسفارش‌ترین.",
    "What campaigns brought": "کمپین‌ها چه آوردند",
    (
        "Only a holdout, picked by chance and left alone, shows what a campaign brought: lift "
        "is what the treated did "
        "more. The black line is the 95% interval; the grey one may be read every day without "
        "fooling yourself. What "
        "lies clear of the dashed line at 0 is no chance."
    ): (
        "تنها گروه گواه، که به تصادف برگزیده و به حال خود رها شده، نشان می‌دهد کمپین چه آورده "
        "است: اثر آن چیزی است "
        "که دریافت‌کنندگان بیشتر کردند. خط سیاه بازه ۹۵٪ است؛ خط خاکستری را می‌توان هر روز "
        "دید و فریب نخورد. آنچه "
        "از خط‌چین ۰ دور است تصادف نیست."
    ),
    "Visited, treated less holdout": "بازدید، دریافت‌کنندگان منهای گواه",
    "Bought, treated less holdout": "خرید، دریافت‌کنندگان منهای گواه",
    "Revenue a customer, treated less holdout": "درآمد هر مشتری، دریافت‌کنندگان منهای گواه",
    "Without a holdout nobody knows what would have been bought anyway.": (
        "بدون گروه گواه کسی نمی‌داند بدون کمپین چه خریده می‌شد."
    ),
    "{held} are held out; the lift is told once the first of them had {window}.": (
        "{held} نفر کنار گذاشته شده‌اند؛ اثر پس از آنکه نخستین آنان {window} فرصت داشت گفته می‌شود."
    ),
    "{number} more entered less than {window} ago and are not counted yet.": (
        "{number} نفر دیگر کمتر از {window} پیش وارد شدند و هنوز شمرده نمی‌شوند."
    ),
    "No arm of it was left alone, so there is nothing to compare with.": (
        "هیچ گروهی به حال خود رها نشد، پس چیزی برای سنجش نیست."
    ),
    "How it is counted": "چگونه شمرده می‌شود",
    "Nobody to compare yet.": "هنوز کسی برای سنجش نیست.",
    "It works: the lift holds however often you look.": "اثر دارد، و هر چند بار هم که نگاه کنید برجاست.",
    "It does harm: those left alone did better, and that holds however often you look.": (
        "زیان دارد: گروه گواه بهتر بود، و هر چند بار هم که نگاه کنید برجاست."
    ),
    "A lift if this is the only look; looked at daily, it cannot be told from nothing yet.": (
        "اگر تنها یک بار نگاه کنید اثر دارد؛ با نگاه هرروزه هنوز نمی‌توان آن را از هیچ بازشناخت."
    ),
    "It did harm if this is the only look; looked at daily, that cannot be told from nothing yet.": (
        "اگر تنها یک بار نگاه کنید زیان داشت؛ با نگاه هرروزه هنوز نمی‌توان آن را از هیچ بازشناخت."
    ),
    "It cannot be told from nothing.": "نمی‌توان آن را از هیچ بازشناخت.",
    "About {needed} more customers would show a difference of this size.": (
        "با حدود {needed} مشتری دیگر تفاوتی به این اندازه دیده می‌شود."
    ),
    "No number of customers that you will have would show so small a difference.": (
        "تفاوتی چنین کوچک با هیچ شمار مشتری که خواهید داشت دیده نمی‌شود."
    ),
}

PHRASES: Mapping[str, str] = {**_WORDS, **_FORMS, **_METRICS, **_SENTENCES}
