from __future__ import annotations

import pytest

from service.grounding.exchange import exchanged
from service.grounding.polarity import is_turned

MILL = "In 1901 the heirs of Baxter sold the mill on the river to Crowe, and Dunmore bought the field from Ellis."


@pytest.mark.parametrize(
    "sentence",
    [
        "The heirs of Dunmore sold the mill.",
        "The heirs of Crowe sold the mill on the river.",
        "The heirs of Fulton sold the mill.",
        "Dunmore bought the field from Ellis and the heirs of Ellis sold the mill.",
    ],
)
def test_a_name_in_the_place_of_another_is_told(sentence: str) -> None:
    assert exchanged(sentence, MILL)


@pytest.mark.parametrize(
    "sentence",
    [
        "The heirs of Baxter sold the mill.",
        "Crowe got the mill from Baxter.",  # worded otherwise
        "The mill on the river was sold to Crowe by the heirs of Baxter.",
        "In 1901 the mill was sold to Fulton.",  # worded otherwise; that Fulton is not there is told by other checks
        "Ellis and Dunmore dealt in fields.",
        "",
    ],
)
def test_other_wordings_are_not(sentence: str) -> None:
    assert not exchanged(sentence, MILL)


def test_names_of_a_list_are_apart() -> None:
    evidence = "Recommended: OFX or QFX (Sometimes named Quicken) Supported: QIF (Common Quicken file)."
    assert not exchanged("You can take OFX or QFX (Sometimes named Quicken), QIF (Common Quicken file).", evidence)


def test_in_chinese() -> None:
    evidence = "会议由张伟主持，由李娜记录，地点在上海。"
    assert exchanged("会议由李娜主持。", evidence)
    assert not exchanged("会议由张伟主持。", evidence)


REFUSAL = "You may refuse cookies, but parts of the site cannot be used then. 旅客可以携带小型宠物上车。"


@pytest.mark.parametrize(
    ("sentence", "turned"),
    [
        ("You may not refuse cookies.", True),
        ("You may refuse cookies.", False),
        ("Parts of the site can be used then.", True),
        ("Parts of the site cannot be used then", False),
        ("旅客不可以携带小型宠物上车。", True),
        ("旅客可以携带小型宠物上车。", False),
        ("Nobody has to take cookies.", False),  # worded otherwise
        ("Not so.", False),
    ],
)
def test_the_same_words_with_a_denial_more_or_less_say_the_contrary(sentence: str, turned: bool) -> None:
    assert is_turned(sentence, REFUSAL) is turned
