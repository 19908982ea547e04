"""Rendering behind the fence against plain Jinja of the same letter in this process.

`python -m benchmarks.render` prints the microseconds a message and their ratios, interleaved.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.measure import say
from engine.compose.library import Texts
from engine.compose.pool import Renderer
from engine.compose.sources import prepare
from engine.compose.template import Source, compiled
from engine.vocabulary import Channel, Letter

_PRODUCTS = 8
_LAYOUT = """<!doctype html><html lang="{{ message.language }}"><head><title>{{ message.subject }}</title><style>
.sheet { max-width: 600px; margin: 0 auto; } .name { font-weight: 700; color: #222222; } td { padding: 8px; }
</style></head><body><table class="sheet" role="presentation">{% block body %}{% endblock %}</table>
<p><a href="{{ links.unsubscribe }}">Unsubscribe</a></p><p>{{ brand.postal_address }}</p></body></html>"""
_BODY = """---
subject: "{{ customer.first_name | default('Hello') }}, we kept your place"
preheader: Eight things that you may like
---
<tr><td>Hello {{ customer.first_name | default('there') }}, your last order was on {{ order.ordered_at | date }},
{{ order.amount | money(order.currency) }}.</td></tr>
{% for product in recommended %}<tr><td class="name">{{ loop.index }}. {{ product.name }}</td>
<td>{{ product.price | money('EUR') }}</td><td><a href="{{ links.shop }}/p/{{ product.sku }}">Have a look</a></td>
<td>{% if product.price >= 5000 %}free delivery{% else %}a small thing{% endif %}</td></tr>
{% endfor %}
{% block text %}Hello {{ customer.first_name | default('there') }},
{% for product in recommended %}- {{ product.name }}: {{ product.price | money('EUR') }}
{% endfor %}{% endblock %}"""
_TEXT = "{% block text %}{{ body }}{% endblock %}\n--\nUnsubscribe: {{ links.unsubscribe }}\n{{ brand.postal_address }}"
TEXTS = {"a.email.j2": _BODY, "layouts/email.j2": _LAYOUT, "layouts/text.j2": _TEXT}


def letters(count: int) -> list[Letter]:
    """As many letters, each to somebody else."""
    brand = {
        "name": "Shop",
        "postal_address": "1 Street, Town",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
    }
    return [Letter("a.email.j2", Channel.EMAIL, {"brand": brand} | _names(number)) for number in range(count)]


def _names(number: int) -> dict[str, Any]:
    order = {
        "id": f"o{number}",
        "ordered_at": "2026-03-20T10:00:00Z",
        "amount": 100 * number,
        "currency": "EUR",
    }
    products = [
        {"name": f"Thing & co. {n}", "sku": f"s{n}", "price": 1000 * n + number} for n in range(_PRODUCTS)
    ]
    return {
        "customer": {"id": f"c{number}", "first_name": f"Anna{number}", "tags": [], "attributes": {}},
        "order": order,
        "recommended": products,
        "links": {"shop": "https://shop.example.com", "unsubscribe": f"https://shop.example.com/u/{number}"},
        "message": {"language": "en", "direction": "ltr", "channel": "email"},
        "now": "2026-03-25T10:00:00Z",
    }


def compare(count: int = 3000, rounds: int = 5) -> dict[str, float]:
    """Median microseconds a message: in this process, behind the fence with one child and with two."""
    batch, library = letters(count), Texts(TEXTS)
    template = compiled(Source(**prepare(library, "a.email.j2").fields))
    with Renderer(None, 1) as one, Renderer(None, 2) as two:  # type: ignore[arg-type]
        works: dict[str, Callable[[], Any]] = {
            "plain": lambda: [template.render(letter.context) for letter in batch],
            "one child": lambda: one.render(batch, library),
            "two children": lambda: two.render(batch, library),
        }
        size = len(one.render(batch[:1], library)[0].html)
        say(f"HTML of {size} characters, {count} messages, {rounds} rounds")
        took: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(rounds):
            for name, work in works.items():
                start = time.perf_counter()
                work()
                took[name].append((time.perf_counter() - start) / count * 1e6)
    return {name: statistics.median(times) for name, times in took.items()}


if __name__ == "__main__":
    found = compare()
    for name, microseconds in found.items():
        print(f"{name:14} {microseconds:7.1f} us  {microseconds / found['plain']:.2f} of plain")
