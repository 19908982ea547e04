"""The providers' own descriptions of their APIs, held against requests that really went out.

Stricter than the documents: a field that they do not name is an error, too.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import fastjsonschema
import pytest

from tests.channels.carrier import Heard

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"
SENDGRID, TWILIO = "sendgrid_mail_v3.json", "twilio_api_v2010.json"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
_FORMATS = {"phone-number": r"^\+?[0-9A-Za-z ]+$", "date-time": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}


@cache
def document(name: str) -> dict[str, Any]:
    path = SPECS / name
    if not path.is_file():
        pytest.skip("the providers' API descriptions are not beside this checkout (../shared/specs)")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def sendgrid(heard: Heard) -> None:
    """Raises where the request is not as SendGrid describes it."""
    assert heard.path == "/v3/mail/send"
    assert _media(heard) == "application/json"
    whole = document(SENDGRID)
    body = whole["components"]["requestBodies"]["PostMailSend"]
    _check(whole, body["content"]["application/json"]["schema"], heard.json)


def twilio(heard: Heard, method: str) -> None:
    """The same of Twilio: the path's and the query's parameters, and the form."""
    whole = document(TWILIO)
    address = urlsplit(heard.path)
    assert address.path.startswith("/2010-04-01/Accounts/AC")
    assert address.path.endswith("/Messages.json")
    described = whole["paths"][MESSAGES][method]
    query = {one["name"]: one["schema"] for one in described["parameters"] if one["in"] == "query"}
    _check(whole, {"type": "object", "properties": query}, _typed(whole, query, address.query))
    if method == "post":
        assert _media(heard) == "application/x-www-form-urlencoded"
        form = described["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        _check(whole, form, _typed(whole, form["properties"], heard.body.decode()))


def _media(heard: Heard) -> str:
    return next(value for name, value in heard.headers.items() if name.lower() == "content-type")


def _typed(whole: dict[str, Any], described: dict[str, Any], form: str) -> dict[str, Any]:
    """A form's fields with their types: numbers are written as text. None is given twice."""
    pairs = parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form))
    assert len(dict(pairs)) == len(pairs)
    return {key: _number(described.get(key, {}), value) for key, value in pairs}


def _number(schema: dict[str, Any], value: str) -> Any:
    return int(value) if schema.get("type") == "integer" else value


def _check(whole: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    fastjsonschema.compile(_closed(whole, schema), formats=_FORMATS)(value)


def _closed(whole: dict[str, Any], schema: Any) -> Any:
    """The schema with its references put in, where nothing else may stand."""
    if isinstance(schema, list):
        return [_closed(whole, one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target: Any = whole
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return _closed(whole, target)
    made = {key: _closed(whole, value) for key, value in schema.items() if key not in _WORDS}
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


#: What is said for people and for other programs; a key of this name that is a field is none of these.
_WORDS = ("description", "example", "examples", "x-twilio", "title", "default")
