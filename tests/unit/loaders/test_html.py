"""What a page of HTML shows is read, and what stands around it is not."""

from __future__ import annotations

import pytest

from ingest.loaders import load
from tests.growth import growth
from tests.unit.loaders.made import epub_file, zipped
from youju.errors import UnreadableFile

MAIN = "<main><h1>Pump</h1><p>Fix the pump to the wall with four screws and connect the hose.</p></main>"
MAIN_TEXT = "Pump\n\nFix the pump to the wall with four screws and connect the hose."


def text(body: str, head: str = "") -> str:
    return load(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode(), "a.html").text


@pytest.mark.parametrize(
    "card",
    [
        "<article><h3>Read also</h3><p>Menu</p></article>",
        "<main></main>",
        "<div role=main>Menu</div>",
        "<article>a</article>" * 3,
    ],
)
def test_a_small_part_that_is_called_the_main_one_hides_nothing(card: str) -> None:
    assert "29 days of holiday" in text(f"<div><p>Every employee has 29 days of holiday a year.</p></div>{card}")


@pytest.mark.parametrize(
    "said",
    [
        "<header><h2>Valid from 1 May</h2></header>",
        "<header><p>Valid from 1 May.</p><nav><a href=a>Home</a></nav></header>",
        "<div role=banner>Valid from 1 May</div>",
        "<aside>Valid from 1 May</aside>",
        "<div class=notice>Valid from 1 May</div>",
        "<footer>Valid from 1 May. © 2025 Acme</footer>",
        "<footer>Valid from 1 May: <a href='tel:1'>0800-1</a></footer>",
    ],
)
@pytest.mark.parametrize("main", [MAIN, "<p>Only this.</p>"])
def test_what_stands_around_the_main_part_and_says_something_is_read(said: str, main: str) -> None:
    assert "Valid from 1 May" in text(f"{said}{main}")
    assert "Valid from 1 May" in text(f"<div id=page>{main}{said}</div>")


@pytest.mark.parametrize(
    "furniture",
    [
        "<header><a href=/>Acme</a> <a href=/x>Products</a></header>",
        "<header>Acme</header>",
        "<nav>Home <a href=x>x</a></nav>",
        "<div role=navigation>Home</div>",
        "<aside><h3>Related</h3><a href=x>New menu</a></aside>",
        "<div><a href=x>Home</a> &gt; <a href=y>Docs</a></div>",
        "<div class='page cookie-banner'>We use cookies.</div>",
        "<footer>© 2025 Acme. <a href=i>Imprint</a></footer>",
        "<footer>版权所有 © 2024 某公司</footer>",
        "<div id=book-help-popup><h2>Keyboard shortcuts</h2><p>Press S to search</p></div>",
        "<div role=search><label>Search this site</label><input value=q></div>",
    ],
)
def test_what_is_links_or_named_as_furniture_beside_the_main_part_is_not(furniture: str) -> None:
    assert text(f"{furniture}{MAIN}{furniture}") == MAIN_TEXT


def test_asides_in_each_other_take_no_longer() -> None:
    def read(depth: int) -> None:
        assert text("<aside>" * depth + "<p>x <b>y</b>" * 5_000).count("x y") == 5_000

    assert growth(read, 50) < 0.5  # a quarter, if their number does not matter; 1, if each is looked for in all the rest


def test_the_title_is_the_first_heading_that_is_read() -> None:
    page = f"<html><head><title>T</title></head><body><header><h1><a href=/>Acme</a></h1></header>{MAIN}</body></html>"
    assert load(page.encode(), "a.html").title == "Pump"
    assert load(b"<html><head><title>T</title></head><body><h2>H</h2><p>x</body></html>", "a.html").title == "T"
    assert load(b"<html><body><h3>A</h3><h2>H</h2><p>x</body></html>", "a.html").title == "H"


def test_links_are_text_where_nothing_else_is_the_main_part() -> None:
    assert (
        text("<h1>Downloads</h1><ul><li><a href=a>Manual</a><li><a href=b>Prices</a></ul>") == "Downloads\n- Manual\n- Prices"
    )
    with pytest.raises(UnreadableFile):
        text("<nav><a href=x>Home</a></nav>")


def test_asides_and_headers_in_the_text_are_part_of_it() -> None:
    note = "<aside class=note><p>The seal fails after 40 s.</p></aside>"
    assert text(f"<main><article><header>By Ann</header>{note}<p>More.</p></article></main>") == (
        "By Ann\n\nThe seal fails after 40 s.\n\nMore."
    )


def test_values_of_a_form_are_read() -> None:
    form = """<form>Number: <input value=A-778> <input type=hidden value=X1> <input type=password value=X2>
    <input type=submit value=X3> <textarea>gate 5</textarea> <select><option>open<option selected>paid</select>
    <select multiple><option selected>a<option>X4<option selected>b</select> <select><option value="">X5<option>X6</select>
    <select><option>first<option>X7</select> <input type=checkbox checked>agreed <input type=radio>refused
    <button>X8</button><output>42</output></form><p><input type=checkbox>"""
    assert text(form) == "Number: A-778 gate 5 paid a, b first ☑ agreed ☐ refused 42"


KATEX = (
    "<span class=katex><span class=katex-mathml><math><semantics><mrow><mi>k</mi><mo>=</mo><mn>1.35</mn></mrow>"
    "<annotation encoding=x>k=1.35</annotation></semantics></math></span><span class=katex-html aria-hidden=true>k=1.35</span>"
    "</span>"
)


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (KATEX, "k=1.35"),
        ("<span class=katex><span class=katex-html aria-hidden=true>k=1.35</span></span>", "k=1.35"),
        ("<math><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>", "E=mc²"),
        ("<m:math><m:msup><m:mn>10</m:mn><m:mrow><m:mo>-</m:mo><m:mn>5</m:mn></m:mrow></m:msup></m:math>", "10⁻⁵"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math>", "(a+b)/2"),
        ("<math><msqrt><mi>x</mi></msqrt><msub><mi>v</mi><mi>max</mi></msub></math>", "√xv_max"),
        ("<math><munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover><mi>i</mi></math>", "∑₁ⁿi"),
        ("<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable></math>", "1, 2"),
        ("<mjx-container aria-label='k equals'><mjx-math data-latex='k=1'></mjx-math></mjx-container>", "k=1"),
        ("<mjx-container aria-label='k equals 1'><svg></svg></mjx-container>", "k equals 1"),
        ("<span class=MathJax><nobr aria-hidden=true>k1</nobr></span><script type='math/tex'>k=1</script>", "k=1"),
        ("<span class=MathJax><nobr>k=1</nobr></span><script type='math/tex'>k=1</script>", "k=1"),
        ("<mjx-math aria-hidden=true>k</mjx-math><mjx-assistive-mml><math><mi>k</mi></math></mjx-assistive-mml>", "k"),
        (r"<script type='math/tex'>\frac{a}{10^{5}}</script>", "a/10⁵"),
        (r"<span class=MathJax><math><mi>k</mi></math></span><script type='math/tex'>k</script>", "k"),
        (r"<script type='math/tex'>\frac{</script>", r"\frac{"),
        (r"<img class=latex alt='$x^2$'>", "x²"),
        (
            "<span class=mwe-math-mathml-inline style='display: none'><math><mi>k</mi></math></span>"
            "<img class=mwe-math-fallback-image-inline alt=k>",
            "k",
        ),
    ],
)
def test_formulas_are_text(formula: str, shown: str) -> None:
    assert text(f"<p>The factor {formula} holds.") == f"The factor {shown} holds."


def test_a_formula_nested_without_end_is_read() -> None:
    assert "x" in text("<math>" + "<msqrt>" * 200 + "<mi>x</mi>" + "</msqrt>" * 200 + "</math>")
    assert text(f"<script type='math/tex'>{'{' * 1500}</script>") == "{" * 1500


def test_what_a_click_shows_is_read_with_the_name_of_its_tab() -> None:
    bar = "<div role=tablist><button role=tab id=w>Windows</button><button role=tab id=l>Linux</button></div>"
    panels = "<div role=tabpanel{}>Run a.</div><div role=tabpanel hidden{}>Run b.</div>"
    shown = "Windows\n\nRun a.\n\nLinux\n\nRun b."
    assert text(bar + panels.format("", "")) == shown
    assert text(bar + panels.format(" aria-labelledby=w", " aria-labelledby=l")) == shown


@pytest.mark.parametrize(
    "page",
    [
        "<h2><button aria-expanded=false aria-controls=p>Q</button></h2><div id=p hidden>A</div>",
        "<h2><a href='#p'>Q</a></h2><div id=p style='display:none'>A</div>",
        "<h2><button data-bs-target='#p'>Q</button></h2><div id=p aria-hidden=true>A</div>",
        "<h2>Q</h2><div hidden=until-found>A</div>",
        "<details><summary>Q</summary>A</details>",
    ],
)
def test_accordions_are_read_with_their_questions(page: str) -> None:
    assert text(page) == "Q\n\nA"


def test_what_nothing_opens_stays_hidden() -> None:
    assert text("<h1>Vectors <button>Copy path</button></h1><h2><button>Questions</button></h2>") == "Vectors\n\nQuestions"
    page = "<p>a</p><div hidden>X</div><div id=q style='display:none'>X</div><span aria-hidden=true>X</span><button>X</button>"
    assert text(page) == "a"


@pytest.mark.parametrize(
    "old",
    [
        "<del>40</del>", "<s>40</s>", "<strike>40</strike>", "<span style='text-decoration: underline line-through'>40</span>",
        "<span style='text-decoration-line:line-through'>40</span>", "<span class='a c5'>40</span>",
        "<span role=deletion>40</span>", "<span class='x line-through'>40</span>",
    ],
)  # fmt: skip
def test_what_is_struck_out_is_left_out(old: str) -> None:
    head = "<style>p{margin:0} .c5{color:red;text-decoration:line-through}</style>"
    assert text(f"<p>The fee is {old} <ins>30</ins> euros.", head) == "The fee is 30 euros."
    assert text(f"<table><tr><th>Fee<th>For<tr><td>{old} 30<td>all</table>", head) == "Fee: 30 | For: all"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("10<sup>5</sup> l", "10⁵ l"),
        ("10<sup><a href='#n5'>5</a></sup> l", "10 l"),
        ("50<sup>3</sup> mg", "50 mg"),
        ("50<span style='vertical-align: super'>3</span> mg", "50 mg"),
        ("50<span class=c7>3</span> mg", "50 mg"),
        ("50<span style='vertical-align:0.4em;font-size:70%'>3</span> mg", "50 mg"),
        ("H<span style='vertical-align:-2pt'>2</span>O <span style='vertical-align:baseline'>4</span>", "H₂O 4"),
        ("50<a epub:type=noteref href='#n'>3</a> mg", "50 mg"),
        ("word<a role=doc-noteref href='#n'>3</a>.", "word ³."),
        ("word<sup><a href='#n'>[a]</a></sup>.", "word [a]."),
        ("m<sup>2</sup>, CO<sub>2</sub>", "m², CO₂"),
        ("3<sup>1</sup>/<sub>2</sub> cups", "3 1/2 cups"),
        ("<b>10</b><sup><i>-5</i></sup>", "10⁻⁵"),
    ],
)
def test_raised_and_lowered_letters(written: str, shown: str) -> None:
    head = "<style>.c7 {vertical-align:super;font-size:7pt}</style>"
    assert text(f"<p>{written}", head) == shown
    assert text(f"<table><tr><th>A<th>B<tr><td>{written}<td>x</table>", head) == f"A: {shown} | B: x"


def test_items_have_the_numbers_that_are_shown() -> None:
    page = "<ol start=4 type=a><li>x<li><p>y</p><p>z</p></ol><ol reversed><li>p<li>q</ol><ol type=I><li value=9>r</ol><li>s"
    assert text(page) == "d. x\ne. y\n\nz\n2. p\n1. q\nIX. r\n- s"


def test_the_reading_of_a_character_does_not_part_words() -> None:
    assert text("<p><ruby>北<rp>(</rp><rt>běi</rt><rp>)</rp>京<rt>jīng</rt></ruby>") == "北京"


def test_a_picture_of_vectors_is_read_for_its_labels() -> None:
    assert text("<p>See <svg><title>icon</title><text>5 bar</text></svg>") == "See 5 bar"


def test_a_book_has_its_notes_and_the_titles_of_its_chapters() -> None:
    book = load(
        epub_file((
            "<header><h1>Chapter 3</h1></header><section><p>It burned oil<a epub:type='noteref' href='#n'>1</a>.</p>"
            "<aside epub:type='footnote' id='n'><p><a href='#r'>1</a> Ibid.</p></aside></section>",
            "<section role='doc-endnotes'><ol><li>From 1871 on paraffin.</li></ol></section>",
        )),
        "a.epub",
    )  # fmt: skip
    assert book.text == "Chapter 3\n\nIt burned oil ¹.\n\n1 Ibid.\n\n1. From 1871 on paraffin."


def test_a_chapter_that_only_links_lead_to_is_read() -> None:
    def page(inside: str) -> str:
        return f"<html><body>{inside}</body></html>"

    item = '<item id="{0}" href="{0}.xhtml" media-type="application/xhtml+xml"{1}/>'
    items = item.format("a", "") + item.format("notes", "") + item.format("toc", ' properties="nav"')
    book = zipped({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="c.opf"/></rootfiles></container>',
        "c.opf": f'<package><manifest>{items}</manifest><spine><itemref idref="a"/></spine></package>',
        "a.xhtml": page("<p>Text.</p>"), "notes.xhtml": page("<p>Note.</p>"), "toc.xhtml": page("<p>Contents.</p>"),
    })  # fmt: skip
    assert load(book, "a.epub").text == "Text.\n\nNote."


def test_questions_of_a_table_are_headings_of_their_answers() -> None:
    page = load(
        b"<title>Lamp</title><h2>Help</h2><table><tr class=qandadiv><td colspan=2><h3>1. Light</h3></td></tr>"
        b"<tr class=toc><td colspan=2><dl><dt>1.1. <a href='#a'>It flickers when I <i>press</i> it.</a></dt></dl></td></tr>"
        b"<tr class=question><td><a name=a></a><p><b>1.1.</b></p></td><td><p>It flickers when I <i>press</i> it.</p></td></tr>"
        b"<tr class=answer><td></td><td><p>The cable is loose.</p><p>Push it in.</p></td></tr></table>"
        b"<table><tr><th>Size</th><th>Watt</th></tr><tr><td>A</td><td>3</td></tr></table>",
        "a.html",
    )
    assert page.text == (
        "Help\n\n1. Light\n\n1.1. It flickers when I press it.\n\nThe cable is loose.\n\nPush it in.\n\nSize: A | Watt: 3"
    )
    assert [(page.text[one.start : one.end], one.level) for one in page.headings] == [
        ("Help", 2), ("1. Light", 3), ("1.1. It flickers when I press it.", 4),
    ]  # fmt: skip
    assert [[column.name for column in table.columns] for table in page.tables] == [["Size", "Watt"]]


LONG = "The cable is loose: push it in until it clicks, and wait."


@pytest.mark.parametrize(
    ("body", "headings"),
    [
        (f"<div class=question><p>It flickers.</p></div><div class=answer>{LONG}</div>", ["It flickers."]),
        (f"<h1>FAQ</h1><dl><dt>It flickers.<dd>{LONG}<dt>No light!<dd>{LONG}</dl>", ["FAQ", "It flickers.", "No light!"]),
        (f"<dl><dt>Does it?<dd>{LONG}<dt>Is it?<dd>{LONG}<dt>Why so?<dd>{LONG}</dl>", ["Does it?", "Is it?", "Why so?"]),
        (f"<dl><dt>Lamp<dd>{LONG}<dt>Cable<dd>{LONG}<dt>Switch<dd>{LONG}</dl>", []),
        ("<h1>Lamp FAQ</h1><dl><dt>Author<dd>Ada<dt>Version<dd>2</dl>", ["Lamp FAQ"]),
        ("<div class=question>Your name</div><p>Write it here.</p>", []),
    ],
)  # fmt: skip
def test_questions_are_told_from_terms(body: str, headings: list[str]) -> None:
    page = load(f"<html><body>{body}<p>End.".encode(), "a.html")
    assert [page.text[one.start : one.end] for one in page.headings] == headings
    assert page.text.endswith("End.")
