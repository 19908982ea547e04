"""Customers: who we may write to, and what they agreed to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
    update,
)

from engine.ingest.agreed import add_consents, record_consents
from engine.ingest.erased import suppress_erased
from engine.ingest.kind import KINDS, SMALL, TEXT, WHOLE, Kind, Present
from engine.ingest.memo import Memo
from engine.ingest.people import read_consent, read_country, read_language, read_tags, read_timezone
from engine.ingest.reading import Reading
from engine.ingest.sheet import LONGEST_KEY, Sheet
from engine.ingest.stage import Stage, Values, any_match, instant, listed, merged
from engine.ingest.strangers import buckets, customers
from engine.ingest.tally import Tally
from engine.store.database import table
from engine.store.people import CustomerTag
from engine.store.types import ALWAYS, Instant

_tags = table(CustomerTag)
_CONSENTS = {"email_consent": "email", "sms_consent": "sms"}
#: What else a column of the file fills.
_DERIVED = {
    "email": ("email_address", "email_domain"),
    "phone": ("phone_address",),
    "birthday": ("birthday_mmdd",),
}
#: SQLAlchemy forgets how many rows an INSERT .. SELECT added unless it is asked to keep it.
_COUNTED = {"preserve_rowcount": True}
_PLAIN = (
    "email", "phone", "first_name", "last_name", "country", "city", "language", "timezone", "birthday",
    "created_at", "source",
)  # fmt: skip


@KINDS.register("customers")
class Customers(Kind):
    """One row a customer, by the source's own `customer_id`. A column that the file lacks stays as it was,
    an empty value empties it. An unusable address never costs the row.
    """

    required = ("customer_id",)
    optional = (
        "email", "phone", "first_name", "last_name", "country", "city", "language", "timezone", "birthday",
        "created_at", "source", "tags", *_CONSENTS,
    )  # fmt: skip
    further = "attributes"
    staged = {
        "customer_id": TEXT, "email": TEXT, "phone": TEXT, "email_address": TEXT, "phone_address": TEXT,
        "email_domain": TEXT, "first_name": TEXT, "last_name": TEXT, "country": TEXT, "city": TEXT,
        "language": TEXT, "timezone": TEXT, "birthday": TEXT, "birthday_mmdd": SMALL, "created_at": WHOLE,
        "source": TEXT, "bucket": WHOLE, "attributes": TEXT,
        "tags": TEXT, "email_consent": TEXT, "sms_consent": TEXT,
    }  # fmt: skip
    key = ("customer_id",)
    at_once = 50_000  # they come in any order, so that larger pieces win nothing

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self.countries = Memo(read_country)
        self.languages = Memo(read_language)
        self.timezones = Memo(read_timezone)
        self.tags = Memo(read_tags)

    def read(self, sheet: Sheet) -> list[list[Any]]:
        ids = sheet.ids("customer_id")
        countries = self._countries(sheet)
        emails, phones = sheet.plain("email"), sheet.plain("phone")
        email_addresses = [self.reading.emails.parse(email) if email else None for email in emails]
        phone_addresses = [
            self.reading.phones.parse(phone, country) if phone else None
            for phone, country in zip(phones, countries, strict=True)
        ]
        days, birthdays = self._birthdays(sheet)
        columns: list[list[Any]] = [
            ids,
            emails,
            phones,
            email_addresses,
            phone_addresses,
            [address.rpartition("@")[2] if address else None for address in email_addresses],
            sheet.plain("first_name"),
            sheet.plain("last_name"),
            countries,
            sheet.plain("city"),
            sheet.lenient("language", self.languages.__getitem__),
            sheet.lenient("timezone", self.timezones.__getitem__),
            days,
            birthdays,
            sheet.instants("created_at", self.reading.instants),
            sheet.plain("source"),
            buckets(ids),
            self._attributes(sheet),
            self._tags(sheet),
            *(sheet.read(name, Memo(read_consent).__getitem__) for name in _CONSENTS),
        ]
        kept = sheet.settle(columns)
        sheet.tally.counts["unusable_email"] += kept[3].count(None) - kept[1].count(None)
        sheet.tally.counts["unusable_phone"] += kept[4].count(None) - kept[2].count(None)
        return kept

    def _birthdays(self, sheet: Sheet) -> tuple[list[str | None], list[int | None]]:
        """The days, and what comes round every year of them."""
        if not sheet.has("birthday"):
            return [None] * len(sheet), [None] * len(sheet)
        born = sheet.lenient("birthday", self.reading.birthdays.parse)
        return [day and day[0] for day in born], [day and day[1] for day in born]

    def _countries(self, sheet: Sheet) -> list[str | None]:
        """Codes; a country that is not known stays as it was given."""
        texts = sheet.texts("country")
        codes = sheet.lenient("country", self.countries.__getitem__, "kept as given")
        return [code or text or None for code, text in zip(codes, texts, strict=True)]

    def _tags(self, sheet: Sheet) -> list[str | None]:
        """Each one's tags as a JSON list."""
        texts = sheet.texts("tags")
        if max(map(len, texts), default=0) > LONGEST_KEY:
            for index, text in enumerate(texts):
                if max(map(len, text.split(";"))) > LONGEST_KEY:
                    sheet.drop(index, f"a tag is longer than {LONGEST_KEY} characters")
        return sheet.read("tags", self.tags.__getitem__, texts)

    def _attributes(self, sheet: Sheet) -> list[str | None]:
        names = sheet.others(Customers.required + Customers.optional)
        if not names:
            return [None] * len(sheet)
        return list(self.reading.notes.together({name: sheet.texts(name) for name in names}))

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        values = _values(stage, present)
        said = [column for column in _CONSENTS if column in present]
        if any_match(stage, customers, "customer_id"):
            _change(stage, values)
            for column in said:
                record_consents(stage.connection, _consents_of_known(stage, column))
        for column in said:
            add_consents(stage.connection, _new(stage, _consents(stage, column)))
        tally.created += _add(stage, values)
        if "tags" in present:
            _replace_tags(stage)
        suppress_erased(stage, present, tally)


def _change(stage: Stage, values: Values) -> None:
    """Customers who are there, where the file says something else."""
    if values:
        differs = or_(*(customers.c[name].is_distinct_from(value) for name, value in values.items()))
        there = customers.c.customer_id == stage.c.customer_id
        stage.connection.execute(update(customers).values(values).where(there, differs))


def _add(stage: Stage, values: Values) -> int:
    """Customers who are not there yet; says how many."""
    new = {"customer_id": stage.c.customer_id, "bucket": stage.c.bucket, **values}
    if "attributes" in new:
        new["attributes"] = merged(null(), stage.c.attributes)
    rows = select(*(value.label(name) for name, value in new.items()))
    adding = insert(customers).from_select(list(new), _new(stage, rows))
    return stage.connection.execute(adding, execution_options=_COUNTED).rowcount


def _new(stage: Stage, rows: Select[Any]) -> Select[Any]:
    """Those of the staged rows whose customers are not there yet."""
    there = exists().where(customers.c.customer_id == stage.c.customer_id)
    return rows if stage.fresh else rows.where(~there)


def _values(stage: Stage, present: Present) -> dict[str, ColumnElement[Any]]:
    """What the file says about a customer: the columns that it has."""
    told = [name for name in _PLAIN if name in present]
    names = [name for column in told for name in (column, *_DERIVED.get(column, ()))]
    values: dict[str, ColumnElement[Any]] = {name: stage.c[name] for name in names}
    if "created_at" in values:
        values["created_at"] = instant(stage.c.created_at)
    if present.difference(Customers.required, Customers.optional):
        values["attributes"] = merged(customers.c.attributes, stage.c.attributes)
    return values


def _replace_tags(stage: Stage) -> None:
    """The staged customers have the tags of the file, and no others."""
    each = listed(stage, "tags")
    wanted = select(stage.c.customer_id, each.c.value).join_from(stage.table, each, true())
    if not stage.fresh:
        owned = select(_tags.c.customer_id, _tags.c.tag).join_from(
            _tags, stage.table, _tags.c.customer_id == stage.c.customer_id
        )
        gone = owned.except_(wanted)
        stage.connection.execute(delete(_tags).where(tuple_(_tags.c.customer_id, _tags.c.tag).in_(gone)))
        stage.connection.execute(insert(_tags).from_select(["customer_id", "tag"], wanted.except_(owned)))
    else:
        stage.connection.execute(insert(_tags).from_select(["customer_id", "tag"], wanted))


def _consents_of_known(stage: Stage, column: str) -> Select[Any]:
    """A customer's own yes or no is as old as the customer."""
    at = func.coalesce(customers.c.created_at, literal(ALWAYS, Instant))
    return _said(stage, column, at).join(customers, customers.c.customer_id == stage.c.customer_id)


def _consents(stage: Stage, column: str) -> Select[Any]:
    return _said(stage, column, func.coalesce(instant(stage.c.created_at), literal(ALWAYS, Instant)))


def _said(stage: Stage, column: str, at: ColumnElement[Any]) -> Select[Any]:
    return select(
        stage.c.customer_id,
        literal(_CONSENTS[column]).label("channel"),
        literal("").label("topic"),
        at.label("at"),
        stage.c[column].label("status"),
        literal("import").label("source"),
        literal(0).label("seq"),
    ).where(stage.c[column].is_not(None))
