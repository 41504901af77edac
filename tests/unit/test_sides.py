"""The two sides of questions that compare."""

from __future__ import annotations

import pytest

from service.query.sides import sides_of


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("What is the difference between a valve and a tap?", ("valve", "tap", "")),
        ("Compare the delivery times of Alder and Birch.", ("Alder", "Birch", "delivery times")),
        ("Compare the payment of invoices of Alder and Birch", ("Alder", "Birch", "payment of invoices")),
        ("Compare Alder with Birch.", ("Alder", "Birch", "")),
        ("How does the red pump differ from the blue pump?", ("red pump", "blue pump", "")),
        ("steel vs copper", ("steel", "copper", "")),
        ("What are the differences in price between Alder and Birch?", ("Alder", "Birch", "price")),
        ("阀门和水龙头有什么区别？", ("阀门", "水龙头", "")),
        ("请比较一下红泵与蓝泵的价格。", ("红泵", "蓝泵", "价格")),
        ("铜管跟钢管在价格方面有什么不同？", ("铜管", "钢管", "价格")),
        ("红泵和蓝泵之间的差异是什么？", ("红泵", "蓝泵", "")),
        ("我刚搬来，想装水管，铜管和钢管这两种管子有什么区别？", ("铜管", "钢管", "")),
        ("I am new to this. Alder vs Birch?", ("Alder", "Birch", "")),
    ],
)
def test_sides(question: str, sides: tuple[str, str, str]) -> None:
    found = sides_of(question)
    assert found is not None
    assert (found.first, found.second, found.aspect) == sides


@pytest.mark.parametrize("question", ["Which of the pumps is the largest?", "哪种泵最便宜？", "Is Alder a tree?", ""])
def test_no_sides(question: str) -> None:
    assert sides_of(question) is None
