"""A column that is kept as an attribute because its name is misspelt is told at once."""

import pytest

from tests.ingest.conftest import Shop


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ("emial", ["did you mean email by emial? Then add --map emial=email"]),
        ("e-mail,Fist Name", ["did you mean email by e-mail? Then add --map e-mail=email",
                              'did you mean first_name by Fist Name? Then add --map "Fist Name"=first_name']),
        ("phone,phone2", []),  # a second one, not the first one misspelt
        ("plan_size,city_tax,zip", []),
    ],
)  # fmt: skip
def test_a_column_by_a_near_name(shop: Shop, columns: str, told: list[str]) -> None:
    values = ",".join("x" for _ in columns.split(","))
    done = shop.take("customers", f"customer_id,{columns}\nc1,{values}\n")
    assert [note for note in done.notes if note.startswith("did you mean")] == told


def test_a_column_that_was_mapped_is_meant_so(shop: Shop) -> None:
    done = shop.take("customers", "customer_id,emial\nc1,x\n", columns={"emial": "emial"})
    assert done.notes == ()
