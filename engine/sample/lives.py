"""Who the sample shop's customers are and how they behave, and what they buy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Land:
    """Where some of the customers live. `phones` are patterns in which # is a digit."""

    country: str
    share: int
    language: str
    timezone: str
    cities: str
    first_names: str
    last_names: str
    phones: str = ""


LANDS = (
    Land(
        "GB", 32, "en", "Europe/London", "London,Leeds,Bristol,Glasgow,Cardiff",
        "Amelia,Oliver,Isla,George,Ava,Harry,Grace,Noah,Freya,Arthur,Ivy,Leo,Siân,Callum",
        "Smith,Jones,Taylor,Brown,Evans,Wilson,Thomas,Roberts,O'Neill,Walker,Wright,Featherstonehaugh",
        "07700 900###,+44 7700 900###,+447700900###",
    ),
    Land(
        "DE", 20, "de", "Europe/Berlin", "Berlin,Köln,München,Leipzig,Hamburg",
        "Mia,Ben,Emma,Paul,Hannah,Jonas,Lena,Finn,Jürgen,Käthe,Anna-Lena,Björn",
        "Müller,Schmidt,Schneider,Fischer,Weber,Schäfer,Koch,Groß,von der Heide,Krüger",
        "0171 39200##,+49171 39200##",
    ),
    Land(
        "FR", 14, "fr", "Europe/Paris", "Paris,Lyon,Nantes,Lille,Bordeaux",
        "Jade,Louis,Louise,Gabriel,Alice,Raphaël,Chloé,Arthur,Zoé,Jean-Baptiste,Anaïs",
        "Martin,Bernard,Dubois,Durand,Lefèvre,Moreau,D'Artois,Petit,Garnier",
        "06 39 98 ## ##,+3363998####",
    ),
    Land(
        "US", 16, "en", "America/New_York", "New York,Boston,Albany,Philadelphia",
        "Emily,Liam,Olivia,James,Sofia,Mason,Harper,Ethan,Camila,Wei,Priya,DeShawn",
        "Johnson,Williams,Garcia,Miller,Davis,Martinez,Nguyen,Lee,Patel,Van Buren",
        "(212) 555-01##,+1 617 555 01##,215-555-01##",
    ),
    Land(
        "SE", 6, "sv", "Europe/Stockholm", "Stockholm,Göteborg,Malmö",
        "Alva,Elsa,Hugo,Åke,Märta,Nils,Astrid,Lars-Erik", "Andersson,Johansson,Öberg,Lindström,Åkesson",
        "070-17406##,+46 70 174 06 ##",
    ),
    Land(
        "IR", 12, "fa", "Asia/Tehran", "تهران,اصفهان,شیراز,تبریز,مشهد",
        "سارا,علی‌رضا,مریم,محمد‌حسین,زهرا,امیر‌علی,نیلوفر,رضا,فاطمه,کیان,پریسا,حسين,Arash",
        "محمدی,حسینی,کریمی,رضایی,احمدی,موسوی,نوری‌زاده,جعفری,رحیمی,كاظمي",
        "09900000###,9900000###,989900000###,+989900000###,00989900000###,0990 000 0###",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Life:
    """How some of the customers behave; days are counted back from now."""

    share: float
    last_order: tuple[float, float] | None
    orders: tuple[int, int] = (0, 0)
    signed_up: tuple[float, float] = (2, 40)  # before the first order, or before now where there is none
    visits: tuple[float, float] = (0, 0)


LIVES = (
    Life(28, (0.3, 13.5), (3, 14), visits=(0, 40)),  # regulars
    Life(2.5, (2.2, 3.8), (1, 1), (0.1, 9), visits=(1, 8)),  # a first order just now
    Life(6, (14.2, 20.8), (1, 9), visits=(10, 40)),
    Life(21, (22, 89), (1, 8), visits=(5, 60)),
    Life(9, (91, 179), (1, 7), visits=(20, 170)),  # quiet
    Life(8, (181, 364), (2, 9), visits=(30, 300)),  # to win back
    Life(4, (181, 364), (1, 1)),
    Life(5.5, (366, 729), (1, 6)),  # a year silent
    Life(5, (740, 1100), (1, 4)),  # let go
    Life(1.5, None, signed_up=(0.05, 1.9), visits=(0, 1)),  # newcomers
    Life(3.5, None, signed_up=(7.2, 29.8), visits=(1, 7)),  # signed up, and did not order
    Life(6, None, signed_up=(60, 700)),
)

#: kind, plan, monthly price, status, days from now to the expiry, days since the cancellation, per mille.
PLANS = (
    ("account", "Plus", "", "active", (3.5, 13.5), None, 14),
    ("account", "Plus", "", "active", (0.5, 2.8), None, 9),
    ("account", "Plus", "", "active", (20, 300), None, 30),
    ("free_offer", "First month free", "0.00", "active", (0.5, 6.5), None, 12),
    ("free_offer", "First month free", "0.00", "expired", (-200, -5), None, 10),
    ("subscription", "Tea box", "14.90", "active", (5, 30), None, 35),
    ("subscription", "Coffee box", "19.90", "cancelled", None, (7.5, 29), 12),
    ("subscription", "Tea box", "14.90", "cancelled", None, (60, 400), 15),
    ("membership", "Club", "4.00", "active", (40, 350), None, 20),
    ("trial", "Club", "0.00", "active", (1, 13), None, 8),
)

PRODUCTS = {
    "tea": ("Assam", "Darjeeling", "Earl Grey", "Sencha", "Rooibos", "چای لاهیجان", "Mint", "White Peony"),
    "coffee": ("House blend", "Espresso", "Decaf", "Ethiopia", "Guatemala", "Cold brew"),
    "cups": ("Mug, blue", "Mug, white", "Espresso cup", "Tea glass, استکان", "Travel mug"),
    "kitchen": ("Kettle", "French press", "Grinder", "Scale", "Filter papers", "Tea strainer"),
    "sweets": ("Shortbread", "Gaz, گز اصفهان", "Halva", "Dark chocolate", "Saffron rock candy"),
    "gifts": ("Gift card", "Gift box, small", "Gift box, large"),
}
