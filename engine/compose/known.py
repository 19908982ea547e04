"""The names that templates may use. `check` holds templates to it, and a test holds the program to it."""

from __future__ import annotations

#: By name, what it has; None where that depends on the offer, the event or the shop.
NAMES: dict[str, tuple[str, ...] | None] = {
    "customer": tuple(
        "id email phone first_name last_name country city language timezone birthday created_at tags "
        "attributes orders_count total_spent".split()
    ),
    "brand": tuple("name postal_address public_url currency locale timezone show_tomans".split()),
    "order": ("id", "ordered_at", "amount", "currency"),
    "subscription": tuple(
        "id kind plan status started_at expires_at cancelled_at monthly_price currency".split()
    ),
    "links": ("unsubscribe", "preferences", "confirm", "shop"),
    "message": tuple("language direction channel subject preheader opt_out_line max_segments".split()),
    "offer": tuple("name describe percent amount currency free_shipping gift code expires_at".split()),
    "event": None,
    "recommended": None,
    "now": None,
}
#: What not every customer has: a letter that needs one is not sent to the others.
OPTIONAL = frozenset(
    f"customer.{field}"
    for field in "email phone first_name last_name country city language timezone birthday created_at".split()
)
#: Given by Jinja itself in the right places.
SPECIAL = frozenset({"loop", "self", "super", "caller", "varargs", "kwargs", "range", "body"})
#: Methods of plain mappings, for those who know Python.
METHODS = frozenset({"get", "items", "keys", "values"})
TESTS = tuple(
    "boolean callable defined divisibleby eq equalto escaped even false filter float ge gt greaterthan in "
    "integer iterable le lessthan lower lt mapping ne none number odd sameas sequence string test true "
    "undefined upper".split()
)
TAGS = tuple(
    "autoescape block call elif else endautoescape endblock endcall endfilter endfor endif endmacro endraw "
    "endset endwith extends filter for from if import include macro raw set with".split()
)
