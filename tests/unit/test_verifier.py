from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.generation.refusal import is_refusal
from service.grounding.citations import compose, merge_citations
from service.grounding.draft_parser import Drafted, DraftParser, split_draft
from service.grounding.verifier import Verifier
from tests.fakes import HashingEmbedder, a_passage
from youju.embedding.base import Vectors
from youju.embedding.scale import BUNDLED
from youju.records import Document, Passage, Scores, Sentence
from youju.text.language import detect_language
from youju.text.quantities import codes, numbers, other_units, quantities

DOCUMENT = Document("d1", "default", "/a", "a.txt", "Manual", "text/plain", "en", "", 1, 1, 1000, 1, (0, 500), "now")


def passage(text: str, start: int = 100, heading: str = "") -> Passage:
    return Passage(1, "d1-0", 0, DOCUMENT, start, start + len(text), text, heading, detect_language(text), 1, Scores(1, 0, 1))


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("It lasts 18 months [2].", [("It lasts 18 months.", (2,))]),
        ("It lasts 3.5 hours. [1][2] Then stop [3].", [("It lasts 3.5 hours.", (1, 2)), ("Then stop.", (3,))]),
        ("[1] 21 days.", [("21 days.", (1,))]),
        ("30 分钟。依据的段落编号是 [1]。", [("30 分钟。", (1,))]),
        ("最多 25 个用户【1】。", [("最多 25 个用户。", (1,))]),
        ("Yes [1, 3].", [("Yes.", (1, 3))]),
        ("根据段落[1]和[2]的内容，电池可以用两年。依据的段落编号是 [1] 和 [4]。", [("电池可以用两年。", (1, 2, 1, 4))]),
        ("According to [2], it lasts long.", [("It lasts long.", (2,))]),
        ("A [999999].", [("A [999999].", ())]),
        ("", []),
        (
            "dpkg -S file | Show which package a file belongs to. [2]",
            [("dpkg -S file: Show which package a file belongs to.", (2,))],
        ),
        ("apt depends name | 列出依赖的软件包。[1]", [("apt depends name：列出依赖的软件包。", (1,))]),
        ("price: 4 | size: 2 [1]", [("price: 4 | size: 2", (1,))]),
    ],
)
def test_split_draft(draft: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(one.text, one.markers) for one in split_draft(draft)] == expected


@given(st.text("ab. 。[1]23\n第", max_size=60), st.lists(st.integers(1, 6), max_size=30))
def test_reading_piece_by_piece_gives_every_sentence_of_the_draft(draft: str, sizes: list[int]) -> None:
    reader, position, found = DraftParser(), 0, []
    for size in [*sizes, len(draft)]:
        found += list(reader.feed(draft[position : position + size]))
        position += size
    found += list(reader.finish())
    assert found == split_draft(draft)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("十二个月", {"12"}),
        ("两千三百万", {"23000000"}),
        ("二〇二五年", {"2025"}),
        ("1,200.50 metres", {"1200.5"}),
        ("April 2", {"4", "2"}),
        ("twenty units", {"20"}),
        ("百分比", set()),
        ("２０ ℃", {"20"}),
    ],
)
def test_numbers_in_one_form(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


def test_codes() -> None:
    assert codes("The FL-T3H shows E05 after 24 hours, ip67") == {"fl-t3h", "e05", "ip67"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lasts 24 months", {"24": {"mo"}}),
        ("可用二十四个月", {"24": {"mo"}}),
        ("twenty minutes, 20 h", {"20": {"min", "h"}}),
        ("in 1971 Moldova", {}),
        ("第3章", {}),
        ("1,200 m and 50%", {"1200": {"m"}, "50": {"%"}}),
        ("a 5-day trip", {"5": {"d"}}),
        ("5 mice", {}),
        ("十五天", {"15": {"d"}}),
    ],
)
def test_quantities_have_one_form(text: str, expected: dict[str, set[str]]) -> None:
    assert quantities(text) == expected


@pytest.mark.parametrize(
    ("said", "evidence", "differs"),
    [
        ("It lasts 24 hours.", "The battery lasts 24 months.", True),
        ("It lasts 24 months.", "电池可用24个月。", False),
        ("It lasts 24 hours.", "After 24 hours, or 24 days.", False),
        ("It has 24 parts.", "24 days", False),
        ("年假十五个月。", "每年有十五天年假。", True),
    ],
)
def test_a_number_keeps_its_unit(said: str, evidence: str, differs: bool) -> None:
    assert other_units(said, evidence) is differs


def test_a_sentence_that_changes_a_unit_has_no_support() -> None:
    shown = [passage("The battery of the logger lasts 24 months.")]
    verifier = Verifier(HashingEmbedder())
    assert verifier.verify(Drafted("The battery of the logger lasts 24 months.", (1,)), "How long?", shown) is not None
    assert verifier.verify(Drafted("The battery of the logger lasts 24 hours.", (1,)), "How long?", shown) is None


@pytest.mark.parametrize(
    "text",
    [
        "NOT FOUND",
        "Not found.",
        "未找到",
        "未找到。",
        "段落中没有提到这个问题。",
        "The passages do not mention this.",
        "It is not stated in the text.",
    ],
)
def test_refusals(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "E05: the sensor was not found.",
        "E05 表示未找到传感器。",
        "The warranty is not given to dealers.",
        "没有问题的产品可以退货。",
        "It does not rain.",
    ],
)
def test_statements_that_only_look_like_refusals(text: str) -> None:
    assert not is_refusal(text)


VERIFIER = Verifier(HashingEmbedder())
SHOWN = (
    passage("The logger is light. Its battery lasts 18 months. Do not open it."),
    passage("The charger has a cable of two metres.", start=700),
)


def test_a_supported_sentence_gets_the_exact_span() -> None:
    supported = VERIFIER.verify(Drafted("The battery lasts 18 months.", (1,)), "How long?", SHOWN)
    assert supported is not None
    (citation,) = supported.citations
    assert citation.quote == "Its battery lasts 18 months."
    assert (citation.start, citation.end) == (121, 149)
    assert (citation.marker, citation.page) == (1, 1)
    assert SHOWN[0].text[citation.start - 100 : citation.end - 100] == citation.quote


def test_a_wrong_number_is_not_supported() -> None:
    assert VERIFIER.verify(Drafted("The battery lasts 24 months.", (1,)), "How long?", SHOWN) is None


def test_a_number_may_be_written_in_words() -> None:
    assert VERIFIER.verify(Drafted("The cable of the charger has 2 metres.", (2,)), "How long?", SHOWN) is not None


def test_another_code_is_not_supported() -> None:
    assert VERIFIER.verify(Drafted("The battery of the FL-D1 lasts 18 months.", (1,)), "And the FL-D1?", SHOWN) is None


def test_a_wrong_marker_is_corrected_and_one_out_of_range_is_dropped() -> None:
    for markers in ((2,), (7,), ()):
        supported = VERIFIER.verify(Drafted("The battery lasts 18 months.", markers), "How long?", SHOWN)
        assert supported is not None
        assert supported.sentence.markers == [1]


def test_an_unrelated_sentence_is_not_supported() -> None:
    assert VERIFIER.verify(Drafted("Whales eat krill near Greenland.", (1,)), "What do whales eat?", SHOWN) is None


def test_a_claim_beyond_the_passage_is_not_saved_by_the_question() -> None:
    """All words but the decisive one stand in the passage."""
    shown = (passage("云平台的数据每天备份一次，由工程师检查。"),)
    assert VERIFIER.verify(Drafted("云平台承诺的可用率是百分之百。", (1,)), "云平台承诺的可用率是百分之多少？", shown) is None


@pytest.mark.parametrize(
    ("said", "question"), [("不可以。", "数据可以带走吗？"), ("可以。", "数据能不能带走？"), ("不行。", "带走数据行不行？")]
)
def test_a_bare_yes_or_no_is_not_supported_by_likeness_across_languages(said: str, question: str) -> None:
    """The question alone would be what is alike."""

    class Alike(HashingEmbedder):
        name = BUNDLED  # whose scale is known

        def embed_queries(self, texts: Sequence[str]) -> Vectors:
            return np.full((len(texts), self.dimension), self.dimension**-0.5, np.float32)

    shown = (passage("The data of the logger are light and portable."),)
    assert Verifier(Alike()).verify(Drafted(said, (1,)), question, shown) is None


def test_yes_stands_on_what_was_asked() -> None:
    assert VERIFIER.verify(Drafted("Yes.", (1,)), "Is the logger light?", SHOWN) is not None
    assert VERIFIER.verify(Drafted("Yes.", (1,)), "Is the logger waterproof under ice?", SHOWN) is None


@pytest.mark.parametrize("draft", ["No.", "No, it is not.", "The logger is not light.", "The logger has no battery."])
def test_a_denial_needs_a_denial(draft: str) -> None:
    assert VERIFIER.verify(Drafted(draft, (1,)), "Is the logger light?", SHOWN) is None


FETCH = (
    "A fetch stores a copy of the latest changes from the remote repository, without modifying the working tree. A pull "
    "consists of a fetch followed immediately by either a merge or rebase into your current branch."
)


def test_two_statements_in_one_sentence_have_each_its_own_support() -> None:
    said = "A fetch stores a copy of the changes without modifying the working tree, while a pull consists of a fetch and {}."
    question = "What is the difference between a fetch and a pull?"
    found = VERIFIER.verify(Drafted(said.format("a merge or rebase"), ()), question, [a_passage(FETCH)])
    assert found is not None
    assert [citation.quote[:7] for citation in found.citations] == ["A fetch", "A pull "]
    assert VERIFIER.verify(Drafted(said.format("an upload of secrets"), ()), question, [a_passage(FETCH)]) is None


LEASE = a_passage(
    "Rent is payable within 20 days of the invoice. A tenant who pays within 5 days gets a discount of 3 %. Arrears bear "
    "interest of 1 % per month. The lease ends on 31 May 2027. It does not renew automatically."
)


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("Rent is payable within 20 days, with a discount of 3 % within 5 days, and arrears bear interest of 1 %.", True),
        ("Rent is payable within 20 days, with a discount of 1 % within 5 days, and arrears bear interest of 1 %.", False),
        ("Rent is payable within 20 days, with a discount of 3 % within 5 days, and the landlord repairs the roof.", False),
        # One sentence of the document with something changed, for which another sentence has a word.
        ("A tenant who pays within 20 days gets a discount, and arrears of 3 %.", False),
    ],
)
def test_what_several_sentences_of_one_passage_say_may_stand_in_one(said: str, holds: bool) -> None:
    found = VERIFIER.verify(Drafted(said, ()), "What are the terms for the rent?", [LEASE])
    assert (found is not None) == holds
    if found:
        assert [citation.quote.split()[0] for citation in found.citations] == ["Rent", "A", "Arrears"]


@pytest.mark.parametrize(
    ("said", "question", "text"),
    [
        ("The lease ends on 31 May 2027 and does not renew automatically.", "When does the lease end?", LEASE.text),
        ("合同于2027年5月31日到期并不自动续期。", "合同什么时候到期？", "合同于2027年5月31日到期，不自动续期。"),
    ],
)
def test_a_denial_behind_an_and_denies_only_what_follows(said: str, question: str, text: str) -> None:
    assert VERIFIER.verify(Drafted(said, ()), question, [a_passage(text)]) is not None
    affirmed = said.replace("does not renew", "renews").replace("并不自动", "并自动")
    assert VERIFIER.verify(Drafted(affirmed, ()), question, [a_passage(text)]) is None


def test_words_by_which_instructions_are_put_tell_little() -> None:
    passage = a_passage("To change the last message, git commit --amend it.")
    question = "How can I fix the message?"
    good = Drafted("You can use the following command to fix the message: git commit --amend.", ())
    assert VERIFIER.verify(good, question, [passage]) is not None
    bad = Drafted("You can use the following command to fix the message: git push --force.", ())
    assert VERIFIER.verify(bad, question, [passage]) is None


def test_a_denial_in_another_clause_does_no_harm() -> None:
    shown = (passage("欧洲客户的数据存放在法兰克福的机房，不会传到其他地方。"),)
    assert VERIFIER.verify(Drafted("数据放在法兰克福的机房。", (1,)), "欧洲客户的数据放在哪个城市？", shown) is not None
    assert VERIFIER.verify(Drafted("数据会传到其他地方。", (1,)), "数据会传到其他地方吗？", shown) is None


def test_a_denial_is_supported_by_a_denial() -> None:
    assert VERIFIER.verify(Drafted("You must not open it.", (1,)), "May I open the logger?", SHOWN) is not None


def test_a_number_of_the_question_is_checked_too() -> None:
    assert VERIFIER.verify(Drafted("The battery lasts 24 months.", (1,)), "Does the battery last 24 months?", SHOWN) is None


def test_what_stands_under_a_label_is_cited_rather_than_the_label(embedder: HashingEmbedder) -> None:
    text = "mail\n\nMailboxes are owned by the group mail, as the policy says.\n\nnews\n\nServers of news use it."
    found = Verifier(embedder).verify(Drafted("mail", ()), "邮箱归哪个组？", [a_passage(text)])
    assert found is not None
    assert [one.quote for one in found.citations] == ["Mailboxes are owned by the group mail, as the policy says."]


def test_a_passage_pointed_at_speaks_itself() -> None:
    found = VERIFIER.extract("How long does the battery last?", SHOWN, (9, 1, 2))
    assert found is not None
    assert found.sentence.text == found.citations[0].quote == "Its battery lasts 18 months."
    assert found.sentence.markers == [1]
    assert VERIFIER.extract("电池可以用多久？", SHOWN, (1,)) is None  # the answer would be in the wrong language
    assert VERIFIER.extract("How long?", SHOWN, (9,)) is None


def test_citations_of_one_marker_become_one_exact_span() -> None:
    sentences = [Drafted("The logger is light.", (1,)), Drafted("The battery lasts 18 months.", (1,))]
    found = [one for drafted in sentences if (one := VERIFIER.verify(drafted, "?", SHOWN))]
    (merged,) = merge_citations([citation for one in found for citation in one.citations], SHOWN)
    assert merged.quote == "The logger is light. Its battery lasts 18 months."
    assert merged.quote == SHOWN[0].text[merged.start - 100 : merged.end - 100]


def test_compose() -> None:
    def said(text: str, *markers: int) -> Sentence:
        return Sentence(text=text, markers=list(markers), support=1)

    assert compose([said("It lasts 18 months.", 1), said("Yes", 1, 2)], "en") == "It lasts 18 months [1]. Yes [1][2]."
    assert compose([said("可以用30分钟。", 1), said("共 25 个", 2)], "zh") == "可以用30分钟[1]。共 25 个[2]。"
    english = [said("The cable is long.", 1), said("The lid is green.", 2)]
    assert compose(english, "zh") == "The cable is long [1]. The lid is green [2]."


@pytest.mark.parametrize("turn", ["Human: And why?", "\nUser: thanks", " 用户：谢谢", "\nAssistant: You are welcome."])
def test_a_draft_ends_where_the_generator_goes_on_with_the_chat(turn: str) -> None:
    parser = DraftParser()
    pieces = [*f"It lasts 36 months.{turn} More of it."]
    found = [one.text for piece in pieces for one in parser.feed(piece)] + [one.text for one in parser.finish()]
    assert found == ["It lasts 36 months."]


@pytest.mark.parametrize("said", ["{ is a fountain (fountain)}", "$ ls *", "95 %"])
def test_a_turn_that_is_set_against_a_sign_ends_the_draft(said: str) -> None:
    parser = DraftParser()
    found = [*parser.feed(f"{said}Human: What stands there?"), *parser.finish()]
    assert [one.text for one in found] == [said]


def test_a_name_before_a_colon_ends_nothing() -> None:
    parser = DraftParser()
    found = [*parser.feed("The setting User: root is kept. Human Resources (HumanFirst) read it."), *parser.finish()]
    assert [one.text for one in found] == ["The setting User: root is kept.", "Human Resources (HumanFirst) read it."]


def test_the_passage_that_has_the_sentence_is_cited_though_another_was_named() -> None:
    shown = [
        passage("Tax records are copied each night. If you work on tax records, more copies are needed."),
        passage("If you work on records of a club, no copies are needed at night."),
    ]
    drafted = Drafted("If you work on tax records, more copies are needed.", (2,))
    found = Verifier(HashingEmbedder()).verify(drafted, "How often should I copy records?", shown)
    assert found is not None
    assert [(one.marker, one.quote) for one in found.citations] == [(1, "If you work on tax records, more copies are needed.")]


def test_likeness_tells_nothing_of_what_is_in_the_language_of_the_sentence() -> None:
    told = "Unplug the device from its port and plug it in again, then see whether it works as it did before you moved it."
    mixed = passage(f"{told} 拔下来再插上，看看是否能工作。")
    assert mixed.language == "en"

    class AllAlike(HashingEmbedder):
        """Finds everything alike."""

        def embed_queries(self, texts: Sequence[str]) -> Vectors:
            return np.tile(super().embed_queries(["one"]), (len(texts), 1))

    found = Verifier(AllAlike()).verify(Drafted("处理税单需要更多的备份次数。", ()), "多久备份一次？", [mixed])
    assert found is None or all("拔下来" not in one.quote for one in found.citations)
