"""Messages: the body that says something, headers and names under wrong labels, Outlook's form, saved pages."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from ingest.loaders import load
from ingest.loaders.packedrtf import unpacked
from tests.unit.loaders.made import web_archive
from tests.unit.loaders.made_outlook import Tree, attachment, container, message_tree
from youju.errors import UnreadableFile

SAID = "The container arrives on Thursday at gate 14."
HEAD = "From: a@x\nSubject: Delivery\nDate: Mon, 5 May 2025 10:00:00 +0800\nMIME-Version: 1.0\n"


def both(plain: str, page: str) -> str:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@x", "S"
    mail.set_content(plain)
    mail.add_alternative(page, subtype="html")
    return load(mail.as_bytes(), "a.eml").text.removeprefix("Subject: S\nFrom: a@x\n\n").strip()


@pytest.mark.parametrize(
    "stub", ["", "\n \n", "Your program cannot show HTML. View this message in a browser.", "您的邮件客户端不支持HTML。", "--"]
)
def test_a_text_that_says_nothing_does_not_hide_the_page(stub: str) -> None:
    assert both(stub, f"<html><body><p>{SAID}</p></body></html>") == SAID


def test_a_page_beside_an_empty_text_is_the_body_whatever_they_are_called_together() -> None:
    parts = (
        f"--B\nContent-Type: text/plain\n\n\n--B\nContent-Type: text/html\n\n<html><body><p>{SAID}</p></body></html>\n--B--\n"
    )
    text = load(f"{HEAD}Content-Type: multipart/mixed; boundary=B\n\n{parts}".encode(), "a.eml").text
    assert text.endswith(f"+0800\n\n{SAID}")


def test_of_two_forms_of_one_body_the_plain_one_is_read() -> None:
    assert both(f"* {SAID}", f"<html><body><p>{SAID}</p></body></html>") == f"* {SAID}"
    assert both(SAID, "<html><body><img src=x></body></html>") == SAID


def test_of_two_bodies_that_say_different_things_none_is_lost() -> None:
    other = " ".join(f"word{number}" for number in range(80))
    text = both(other, f"<html><body><p>{SAID}</p></body></html>")
    assert SAID in text
    assert "word79" in text


def word(text: str, encoding: str, label: str) -> str:
    return f"=?{label}?B?{base64.b64encode(text.encode(encoding)).decode()}?="


@pytest.mark.parametrize(
    ("text", "encoding", "label"),
    [
        ("关于朱镕先生与陈堃的合同", "gb18030", "gb2312"),
        ("关于𠮷野家", "gb18030", "GBK"),
        ("價格關於峯裏", "big5hkscs", "big5"),
        ("Price “5 €”", "cp1252", "iso-8859-1"),
        ("①㈱髙橋", "cp932", "shift_jis"),
        ("똠방각하", "cp949", "ks_c_5601-1987"),
        ("关于", "utf-8", "utf-8*zh"),
    ],
)  # fmt: skip
def test_headers_mean_more_than_their_labels(text: str, encoding: str, label: str) -> None:
    encoded = word(text, encoding, label)
    mail = (
        f"From: {encoded} <a@x>\nSubject: Re: {encoded}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n"
        f'--B\nContent-Type: text/plain; name="{encoded}"\nContent-Disposition: attachment; filename="{encoded}"\n\nx\n--B--\n'
    )
    extracted = load(mail.encode(), "a.eml")
    assert extracted.title == f"Re: {text}"
    assert f"From: {text} <a@x>" in extracted.text
    assert f"Attachment: {text}\n" in extracted.text


def test_words_that_are_cut_within_a_character_are_joined() -> None:
    data = "关于朱镕的合同".encode("gb18030")
    halves = [f"=?gb2312?B?{base64.b64encode(part).decode()}?=" for part in (data[:5], data[5:])]
    assert load(f"From: a@x\nSubject: {halves[0]}\n {halves[1]} (2)\n\nx".encode(), "a.eml").title == "关于朱镕的合同 (2)"
    assert load(b"From: a@x\nSubject: =?utf-8?Q?a_=3D_b?= =?x?B?!?= c\n\nx", "a.eml").title == "a = b c"


@pytest.mark.parametrize(
    "parameter",
    [
        "filename*=gb2312''%C1%F5%86%B4.txt",
        "filename*=UTF-8''%E5%88%98%E5%96%86.txt",
        "filename*0*=UTF-8''%E5%88%98; filename*1*=%E5%96%86.txt",
        "filename=\"x.txt\"; filename*=utf-8''%E5%88%98%E5%96%86.txt",
        'filename="%E5%88%98%E5%96%86.txt"',
        'filename="刘喆.txt"',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_names_of_attachments_are_readable(parameter: str, encoding: str) -> None:
    mail = (
        f"{HEAD}Content-Type: multipart/mixed; boundary=B\n\n"
        f"--B\nContent-Type: text/plain\nContent-Disposition: attachment; {parameter}\n\nx\n--B--\n"
    )
    assert "Attachment: 刘喆.txt\n" in load(mail.encode(encoding), "a.eml").text


def test_bodies_mean_more_than_their_labels() -> None:
    for text, encoding, label in (("Price “5 €”", "cp1252", "iso-8859-1"), ("陈堃𠮷", "gb18030", "gb2312")):
        for kind in ("plain", "html"):
            body = f"<html><body>{text}</body></html>" if kind == "html" else text
            mail = f"{HEAD}Content-Type: text/{kind}; charset={label}\n\n{body}".encode(encoding)
            assert load(mail, "a.eml").text.endswith(f"\n\n{text}")


def test_an_attached_text_is_in_the_encoding_of_its_part() -> None:
    for text, encoding, label in (
        ("単価は①㈱", "cp932", "shift_jis"),
        ("单", "gb18030", "gb2312"),
        ("단가", "cp949", "euc-kr"),
    ):
        part = f"Content-Type: text/plain; charset={label}\nContent-Disposition: attachment; filename=a.txt\n\n{text}\n"
        mail = f"{HEAD}Content-Type: multipart/mixed; boundary=B\n\n--B\n{part}--B--\n".encode(encoding)
        assert load(mail, "a.eml").text.endswith(f"Attachment: a.txt\n\n{text}")


def test_a_page_in_a_message_is_in_the_encoding_of_its_part() -> None:
    page = '<html><head><meta charset="gb2312"></head><body>关于合同</body></html>'
    mail = f"{HEAD}Content-Type: text/html; charset=utf-8\n\n{page}".encode()
    assert load(mail, "a.eml").text.endswith("关于合同")


OUTLOOK: Tree = {
    **message_tree(
        {
            0x0037: "关于合同", 0x0C1A: "张珺", 0x5D01: "zj@x.example", 0x0C1F: "/O=FIRM/CN=ZJ", 0x0E04: "Bo; Cy",
            0x1000: "See page.",
            0x1013: f"<html><head><meta charset=utf-8></head><body><p>{SAID}</p></body></html>".encode(),
        },
        {0x0039: 133_909_200_000_000_000, 0x3FDE: 65001},
    ),
    "__attach_version1.0_#00000000": attachment("报价.csv", b"Item,Price\nPump,40\n" + b"x,1\n" * 1200),
    "__attach_version1.0_#00000001": attachment("logo.png", b"\x89PNG", x3712="<1@x>", x370E="image/png"),
    "__attach_version1.0_#00000002": {
        "__properties_version1.0": bytes(8),
        "__substg1.0_3701000D": message_tree({0x0037: "Older", 0x1000: "What was written before."}, inner=True),
    },
}  # fmt: skip


def test_a_message_of_outlook_is_read_with_its_attachments() -> None:
    extracted = load(container(OUTLOOK), "a.msg")
    assert extracted.title == "关于合同"
    head, said, *rest = extracted.text.split("\n\n")
    assert head == ("Subject: 关于合同\nFrom: 张珺 <zj@x.example>\nTo: Bo; Cy\nDate: Mon, 05 May 2025 12:00:00 +0000")
    assert said == SAID
    assert rest[:2] == ["Attachment: 报价.csv", rest[1]]
    assert rest[1].startswith("Item: Pump | Price: 40")
    assert rest[2:] == ["Attachment: Older.msg", "Subject: Older", "What was written before."]


def test_an_old_message_of_outlook_is_in_its_code_page() -> None:
    tree = message_tree({0x0037: "关于朱镕", 0x1000: "合同金额"}, {0x3FFD: 936}, code_page="gb18030")
    assert load(container(tree), "x").text == "Subject: 关于朱镕\n\n合同金额"
    unnamed = message_tree({0x0037: "Prices", 0x1000: "5 € “net”"}, code_page="cp1252")
    assert load(container(unnamed), "x").text == "Subject: Prices\n\n5 € “net”"


PACKED = bytes.fromhex(  # the first example of MS-OXRTFCP, section 4.1
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def test_a_message_that_has_rich_text_only() -> None:
    assert unpacked(PACKED) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert load(container(message_tree({0x0037: "S", 0x1009: PACKED})), "a.msg").text == "Subject: S\n\nhello world"
    for damaged in (b"", PACKED[:10], b"\xff" * 40):
        with pytest.raises(UnreadableFile):
            unpacked(damaged)


def test_messages_of_outlook_in_each_other_end() -> None:
    tree = message_tree({0x0037: "m9", 0x1000: "text 9"}, inner=True)
    for number in range(8, -1, -1):
        around = message_tree({0x0037: f"m{number}", 0x1000: f"text {number}"}, inner=bool(number))
        around["__attach_version1.0_#00000000"] = {"__properties_version1.0": bytes(8), "__substg1.0_3701000D": tree}
        tree = around
    text = load(container(tree), "a.msg").text
    assert [f"text {number}" in text for number in range(4)] == [True, True, True, False]


def test_a_damaged_container_raises_nothing_worse() -> None:
    data, refused = container(OUTLOOK), 0
    for place in range(0, len(data), 509):
        try:
            load(data[:place] + b"\xff" * 16 + data[place + 16 :], "a.msg")
        except UnreadableFile:
            refused += 1
    assert refused


def test_saved_pages_are_read_by_their_content() -> None:
    data = web_archive(f"<title>T</title><p>{SAID} “5 €”</p>", "cp1252", "iso-8859-1")
    for name in ("a.mht", "a.mhtml", "a.eml", "a"):
        extracted = load(data, name)
        assert (extracted.text, extracted.title, extracted.media_type) == (f"{SAID} “5 €”", "T", "multipart/related")
    assert load(web_archive(f"<p>{SAID}"), "a.mht").title == "Handbook"
    word_page = web_archive("<p>关于合同", "utf-16", "unicode").split(b"\n", 3)[3]  # as Word writes it, without From
    assert load(word_page, "a.mht").text == "关于合同"


def test_a_saved_workbook_has_its_sheets_in_frames() -> None:
    sheets = "".join(f"--B\nContent-Type: text/html\n\n<p>Sheet {number}</p>\n" for number in (1, 2))
    assert load(web_archive("<frameset><frame src=1></frameset>", more=sheets), "a.mht").text == "Sheet 1\n\nSheet 2"
    assert load(web_archive("<p>Page", more=sheets), "a.mht").text == "Page"


def test_a_message_that_was_sent_is_no_saved_page() -> None:
    mail = web_archive("<p>Hi").replace(b"From:", b"To: b@x\nFrom:", 1)
    assert load(mail, "a.eml").media_type == "message/rfc822"
    with pytest.raises(UnreadableFile, match="no page"):
        load(b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=B\n\n--B\n\nx\n--B--", "a.mht")
