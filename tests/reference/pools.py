"""What random shops and rules are drawn from: brands, instants, lengths and words."""

from __future__ import annotations

from tests.reference.shop import Brand, Product

BRANDS = (
    Brand("UTC", "gregorian", "GBP"),
    Brand("Europe/London", "gregorian", "GBP"),
    Brand("America/New_York", "gregorian", "EUR"),
    Brand("Asia/Tehran", "jalali", "IRR"),
    Brand("Asia/Tehran", "jalali", "GBP"),
    Brand("Australia/Lord_Howe", "gregorian", "EUR"),
    Brand("America/Santiago", "gregorian", "GBP"),
)
#: Leap days, ends of months, nights on which clocks change, Nowruz, and plain days; to the millisecond.
AS_OFS = (
    "2024-02-29T12:00:00+00:00", "2024-03-31T01:30:00+00:00", "2024-03-31T01:00:00+00:00",
    "2024-10-27T00:30:00+00:00", "2024-10-27T01:30:00+00:00", "2025-03-09T07:00:00+00:00",
    "2025-11-02T06:30:00+00:00", "2025-02-28T23:59:59.999+00:00", "2025-03-01T00:00:00+00:00",
    "2026-03-20T20:30:00+00:00", "2025-03-20T20:29:59.999+00:00", "2021-03-21T19:30:00+00:00",
    "2026-06-15T12:00:00.001+00:00", "2025-12-31T23:30:00+00:00", "2024-04-30T10:00:00+00:00",
    "2025-09-07T03:30:00+00:00", "2025-04-06T03:00:00+00:00",
)  # fmt: skip
#: A month, some or a year after a local time that was skipped, or came twice, or at a month's end.
LATER = {
    "Europe/London": ("2025-03-31T00:30:00+00:00", "2025-10-27T01:30:00+00:00", "2024-11-27T01:30:00+00:00"),
    "America/New_York": ("2025-04-09T06:30:00+00:00", "2025-12-02T06:30:00+00:00"),
    "America/Santiago": ("2025-10-07T03:30:00+00:00", "2025-05-06T03:30:00+00:00"),
    "Australia/Lord_Howe": ("2025-11-04T15:15:00+00:00", "2025-05-05T15:15:00+00:00"),
    "Asia/Tehran": ("2025-09-22T12:00:00+00:00", "2026-09-22T12:00:00+00:00", "2025-07-22T20:00:00+00:00"),
    "UTC": ("2024-05-31T12:00:00+00:00", "2025-03-29T00:00:00+00:00"),
}
#: Lengths that both the rows and the rules know, so that rows stand on the bounds of rules.
LENGTHS = (
    "1 day", "3 days", "7 days", "30 days", "90 days", "180 days", "365 days", "400 days", "12 hours",
    "1 hour", "2 weeks", "6 weeks", "۱۴ days",
)  # fmt: skip
MONTHS = ("1 month", "3 months", "6 months", "11 months", "1 year", "2 years")
CITIES = (
    "London",
    "تهران",
    "علی\u200cآباد",
    "علي آباد",
    "San José",
    "San Jose\u0301",
    "San",
    "مشهد ۱۲",
    "مشهد 12",
)
TAGS = ("vip", "wholesale", "ویژه", "ويژه", "VIP")
SKUS = ("22423", "85123A", "10002", "unheard-of", "كالا", "کالا")
CATEGORIES = ("kitchen", "toys", "كتاب", "کتاب")
PRODUCTS = (
    Product("22423", "CAKESTAND", "kitchen"),
    Product("85123A", "قوري چای", None),
    Product("10002", None, "toys"),
    Product("کالا", "Cakestand, small", "کتاب"),
)
EVENTS = ("cart_updated", "visited", "order_placed", "بازدید كالا")
PLANS = ("One year", "ماهانه", "ماهانه ۲", "ماهانه 2")
CODES = ("SPRING", "بهار", "BACK-12")
VALUES = ("5", "۷", "7", "2.5", "-3", "many", "بزرگ", "true", "2025-03-01", "2024-02-29T12:00:00+00:00")
NAMES = ("plan_size", "2fa.on", "since", "اندازه")
TOPICS = ("", "", "news", "offers", "ویژه")
CAMPAIGNS = ("win-back", "welcome", "birthday-2")
OFFERS = ("comeback", "spring")
#: Month and day in the brand's calendar: around new years, leap days and the shop's instants.
BIRTHDAYS = {
    "gregorian": ("02-29", "02-28", "03-01", "12-31", "01-01", "06-15", "03-31", "11-02", "09-07", "10-27"),
    "jalali": ("12-30", "12-29", "01-01", "01-02", "06-31", "12-10", "07-30", "10-11", "02-31", "03-25"),
}
ZONES = ("Europe/London", "Asia/Tehran", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York")
