from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from youju.evaluation import metrics, statistics
from youju.evaluation.statistics import area, bootstrap, mcnemar, risk_coverage, roc_auc

TEXTS = st.text(alphabet="ab 1,.的城市", max_size=12)
RATES = st.floats(0, 1, allow_subnormal=False)
CASES = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9]), st.booleans(), st.booleans(), st.booleans()), max_size=30)


@pytest.mark.parametrize(
    ("text", "accepted", "expected"),
    [
        ("It lasts 24 months.", ["24 months"], True),
        ("It lasts 24  Months.", ["24 months"], True),
        ("It lasts ２４ months.", ["24months"], True),
        ("一共 308 分", ["308"], True),
        ("It costs 1,308 euros.", ["308"], False),
        ("It costs 13080 euros.", ["308"], False),
        ("It is 3.5 m.", ["5"], False),
        ("It is 3.5 m.", ["3"], False),
        ("It holds 16 000 of them.", ["16"], False),
        ("It holds 16 000 of them.", ["16000", "16,000"], True),
        ("In 2015, 24 did.", ["24"], True),
        ("分别是12，24和36", ["24"], True),
        ("They are 5.", ["5"], True),
        ("In 2004 European Union law", ["European Union"], True),
        ("Nothing", [], False),
        ("Nothing", ["", " "], False),
        ("a+b", ["a+b"], True),
        ("aab", ["a+b"], False),
    ],
)
def test_an_accepted_answer_stands_in_the_text(text: str, accepted: list[str], expected: bool) -> None:
    assert metrics.holds(text, accepted) is expected


def test_tokens() -> None:
    assert metrics.tokens("The T3-B’s battery, 1,200 mAh!") == ["t3bs", "battery", "1200", "mah"]
    assert metrics.tokens("使用ＡＰＩ接口 v2。") == ["使", "用", "api", "接", "口", "v2"]
    assert metrics.tokens("A theatre") == ["theatre"]


def test_f1_in_english_is_squads() -> None:
    # Of 3 and 4 tokens 2 are common: P = 2/3, R = 2/4, F1 = 4/7. The order does not matter.
    assert metrics.f1("months 24 long", ["some 24 full months"]) == pytest.approx(4 / 7)
    assert metrics.f1("The 24 months", ["72 hours", "24 months"]) == 1.0
    assert metrics.exact_match("The 24 months.", ["24 months"]) == 1.0
    assert metrics.exact_match("24 months or so", ["24 months"]) == 0.0
    assert metrics.f1("something", []) == metrics.exact_match("something", []) == 0.0
    assert metrics.f1("", ["x"]) == 0.0


def test_f1_in_chinese_is_that_of_cmrc() -> None:
    # 在村雨城 against 谜之村雨城: the longest common run has 3 characters of 4 and 5.
    assert metrics.f1("在村雨城。", ["谜之村雨城"]) == pytest.approx(2 * 3 / 9)
    # 城雨村 has the same characters, but only runs of one in common.
    assert metrics.f1("城雨村", ["村雨城"]) == pytest.approx(1 / 3)
    assert metrics.f1("光荣和ω-force", ["光荣和Ω-Force"]) == 1.0
    assert metrics.exact_match("“村雨城”", ["村雨城"]) == 1.0
    assert metrics.longest_common_run("abcde", "xbcdx") == 3
    assert metrics.longest_common_run("", "x") == 0


@given(TEXTS, TEXTS)
def test_f1_lies_between_exact_match_and_one_and_is_symmetric(first: str, second: str) -> None:
    value = metrics.f1(first, [second])
    assert metrics.exact_match(first, [second]) <= value <= 1.0
    assert (value == 1.0) >= (metrics.tokens(first) == metrics.tokens(second))
    if ("的" in first or "城" in first or "市" in first) == ("的" in second or "城" in second or "市" in second):
        assert value == metrics.f1(second, [first])


@given(TEXTS, TEXTS, TEXTS)
def test_another_accepted_answer_never_makes_it_worse(answer: str, first: str, second: str) -> None:
    for measure in (metrics.f1, metrics.exact_match, metrics.holds):
        assert measure(answer, [first, second]) == max(measure(answer, [first]), measure(answer, [second]))


def test_recall_and_rank_count_different_documents() -> None:
    found = ["/x/a.md", "/x/a.md", "/x/b.md", "/x/documents/c.md"]
    assert metrics.recall_at(1, found, ["a.md"]) == 1.0
    assert metrics.recall_at(1, found, ["/x/b.md"]) == 0.0
    assert metrics.recall_at(2, found, ["/x/b.md"]) == 1.0
    assert metrics.reciprocal_rank(found, ["documents/c.md"]) == pytest.approx(1 / 3)
    assert metrics.recall_at(2, found, ["b.md", "c.md", "b.md"]) == 0.5
    assert metrics.reciprocal_rank(found, ["c.md", "b.md"]) == 0.5
    assert metrics.reciprocal_rank(found, ["none.md"]) == 0.0
    assert metrics.recall_at(5, found, []) is metrics.reciprocal_rank(found, []) is None


def test_a_name_is_no_other_name_with_the_same_end() -> None:
    assert metrics.same_document("a.md", "documents/a.md")
    assert metrics.same_document("documents/a.md", "a.md")
    assert not metrics.same_document("documents/ba.md", "a.md")
    assert not metrics.same_document("x/a.md", "y/a.md")


def test_a_quote_is_widened_to_its_sentences() -> None:
    passage = "It is old. It lasts 24 months. It is new."
    assert metrics.widened(passage, 14, 19) == "It lasts 24 months."
    assert metrics.widened(passage, 8, 14) == "It is old. It lasts 24 months."
    assert metrics.widened("", 0, 0) == ""


@pytest.mark.parametrize(
    ("sentence", "quote", "accepted", "expected"),
    [
        ("It lasts 24 months.", "The battery lasts 24 months.", ["24 months"], True),
        ("It lasts 24 months.", "The battery lasts long.", ["24 months"], False),
        ("The battery is large.", "A large battery.", ["24 months"], True),  # at least half of its words
        ("The battery costs much money.", "A large battery.", [], False),
        ("It lasts two years.", "The battery lasts 2 years.", [], True),
        ("电池能用24个月。", "The battery lasts 24 months.", ["24 months"], True),
        ("电池能用36个月。", "The battery lasts 24 months.", ["36 months"], False),
        ("电池用久。", "The battery lasts 24 months.", [], None),  # nothing that both languages write alike
        ("FL-T3 用久。", "The FL-T3 lasts.", [], True),
    ],
)
def test_what_a_quote_supports(sentence: str, quote: str, accepted: list[str], expected: bool | None) -> None:
    assert metrics.supports(sentence, quote, accepted) is expected


def test_citation_precision_and_recall() -> None:
    assert metrics.citation_precision([[True], [False, True], [False], [None]]) == pytest.approx(2 / 3)
    assert metrics.citation_precision([[None]]) is metrics.citation_precision([]) is None
    assert metrics.citation_recall([[True, False], [], [None], [False]]) == pytest.approx(1 / 3)
    assert metrics.citation_recall([]) is None


def test_an_interval_by_hand() -> None:
    found = bootstrap([0.0, 1.0] * 50)
    assert found is not None
    assert (found.mean, found.n) == (0.5, 100)
    # The normal approximation: 1.96 * sqrt(.25 / 100) = .098
    assert found.low == pytest.approx(0.402, abs=0.02)
    assert found.high == pytest.approx(0.598, abs=0.02)
    assert bootstrap([]) is None


@given(st.lists(RATES, min_size=1, max_size=50))
def test_an_interval_holds_the_mean_and_repeats(values: list[float]) -> None:
    found = bootstrap(values, resamples=400)
    assert found is not None
    assert min(values) - 1e-9 <= found.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.high <= max(values) + 1e-9
    assert bootstrap(values, resamples=400) == found


def test_large_samples_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bootstrap([0.0, 1.0, 1.0], resamples=100)
    monkeypatch.setattr(statistics, "CELLS", 30)
    assert bootstrap([0.0, 1.0, 1.0], resamples=100) == whole  # and the draws are the same


def test_mcnemar_by_hand() -> None:
    assert mcnemar(0, 0) == mcnemar(3, 3) == 1.0
    assert mcnemar(0, 5) == pytest.approx(2 / 32)
    assert mcnemar(1, 9) == pytest.approx(2 * (1 + 10) / 1024)
    assert 0 < mcnemar(0, 1000) < 1e-300
    assert mcnemar(500, 500) == 1.0


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_symmetric_and_a_probability(first: int, second: int) -> None:
    p = mcnemar(first, second)
    assert p == mcnemar(second, first)
    assert 0 < p <= 1
    assert mcnemar(first + second, 0) <= p
    tail = sum(math.comb(first + second, k) for k in range(min(first, second) + 1))
    assert p == pytest.approx(float(min(Fraction(1), Fraction(2 * tail, 2 ** (first + second)))))


def test_risk_and_coverage_by_hand() -> None:
    points = risk_coverage([0.9, 0.8, 0.8, 0.3, 0.1], [True, True, False, True, False], [True, False, False, True, True])
    assert [point.threshold for point in points] == [0.9, 0.8, 0.3, 0.1]
    assert [point.coverage for point in points] == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert [point.false_answers for point in points] == [0.0, 0.5, 0.5, 1.0]
    assert [point.error for point in points] == pytest.approx([0, 2 / 3, 1 / 2, 3 / 5])  # an unanswerable one is never right
    assert area(points) == pytest.approx((0 + 2 / 3 + 1 / 2) / 3)
    assert risk_coverage([], [], []) == []
    assert area([]) is None
    assert area(risk_coverage([0.5], [False], [False])) is None


def test_what_has_no_answer_is_let_out_by_no_threshold() -> None:
    points = risk_coverage([0.9, 0.1], [True, True], [True, True], [True, False])
    assert [(point.threshold, point.coverage) for point in points] == [(0.9, 0.5)]
    assert area(points) == 0.0


@given(CASES)
def test_coverage_and_false_answers_never_fall(cases: list[tuple[float, bool, bool, bool]]) -> None:
    columns = [list(column) for column in zip(*cases, strict=True)] or [[], [], [], []]
    points = risk_coverage(*columns)
    for measure in ("coverage", "false_answers"):
        values = [getattr(point, measure) for point in points]
        assert values == sorted(values)
    assert all(0 <= point.error <= 1 for point in points)
    assert [point.threshold for point in points] == sorted({c[0] for c in cases if c[3]}, reverse=True)
    whole = area(points)
    assert whole is None or 0 <= whole <= 1 + 1e-9


def test_roc_auc_by_hand() -> None:
    assert roc_auc([0.9, 0.8, 0.3, 0.1], [True, True, False, False]) == 1.0
    assert roc_auc([0.9, 0.8, 0.3, 0.1], [True, False, True, False]) == 0.75
    assert roc_auc([1, 1, 1], [True, False, True]) == 0.5
    assert roc_auc([1, 0], [True, True]) is None
    assert roc_auc([], []) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_roc_auc_is_the_share_of_ordered_pairs(cases: list[tuple[int, bool]]) -> None:
    positives, negatives = [v for v, p in cases if p], [v for v, p in cases if not p]
    found = roc_auc([value for value, _ in cases], [positive for _, positive in cases])
    if not positives or not negatives:
        assert found is None
        return
    expected = np.mean([1.0 if p > n else 0.5 if p == n else 0.0 for p in positives for n in negatives])
    assert found == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes. Dogs may ride.", "yes"), ("No, they may not.", "no"), ("是。可以带狗。", "yes"), ("否。不得带狗。", "no"),
        ("不可以，须牵绳。", "no"), ("Nobody may ride.", None), ("Dogs may ride.", None), ("是指狗。", None), ("", None),
    ],
)  # fmt: skip
def test_what_an_answer_says_to_a_question_of_yes_or_no(text: str, expected: str | None) -> None:
    assert metrics.says(text) == expected


def test_how_much_of_a_list_is_there() -> None:
    parts: list[str | list[str]] = ["Anna", ["15 May", "5 月 15 日"], "Bonn", "308"]
    assert metrics.complete("Anna, by 5月15日; 1,308 times", parts) == 0.5
    assert metrics.complete("Anna, 15 May, Bonn, 308", parts) == 1.0
    assert metrics.complete("", parts) == 0.0
    assert metrics.complete("Anna", []) is None
