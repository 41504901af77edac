"""Raised and lowered characters as text."""

import pytest

from ingest.loaders.raised import lowered, raised


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("The tank holds 10", "5", "10⁵"),
        ("3 × 10", "-3", "10⁻³"),
        ("an area of 40 m", "2", "m²"),
        ("at 12 km", "3", "km³"),
        ("面积为 40 米", "2", "米²"),
        ("x", "2", "x²"),
        ("take 50", "3", "50"),
        ("in 2010", "5", "2010"),
        ("about 40 %", "2", "%"),
        ("per day", "3", "day ³"),
        ("per day.", "1, 2", ". ¹, ²"),
        ("the item", "2", "item ²"),
        ("on the 1", "st", "1st"),
        ("fee", "*", "fee *"),
    ],
)
def test_a_raised_digit_never_becomes_part_of_a_number(before: str, text: str, expected: str) -> None:
    assert (before + raised(before, text)).endswith(expected)


def test_lowered_digits_are_lowered_signs() -> None:
    assert "H" + lowered("2") + "O" == "H₂O"
    assert lowered("max") == "max"
