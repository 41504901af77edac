from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from rapidfuzz.distance import LCSseq

from ingest.loaders import load, ocr
from tests.conftest import EXAMPLES, ROOT
from tests.unit.pdf_files import WIDTH, drawn_pdf, picture, text_at
from tests.unit.test_pdf import check_boxes
from youju.errors import UnsupportedFile

ZH, EN = EXAMPLES / "员工手册2025.pdf", EXAMPLES / "user-manual-frostline-t3.pdf"
ENDINGS = {".png": "PNG", ".jpg": "JPEG", ".tiff": "TIFF", ".webp": "WEBP"}
needs_ocr = pytest.mark.skipif(not ocr.is_installed(), reason="the extra youju[ocr] is not installed")

# What the child process that reads files may do: 2 GiB, no files, no network.
CONFINED = """
import resource, socket, sys
from pathlib import Path
from ingest.loaders import load, ocr
def refused(*_, **__): raise AssertionError("the network was used")
socket.socket.connect = socket.getaddrinfo = refused
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (2 << 30),) * 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
text = load(Path(sys.argv[1]).read_bytes(), "a.pdf").text
sys.stdout.buffer.write(text.encode())
"""


def written(path: Path, page: int = 0) -> str:
    document = pypdfium2.PdfDocument(path)
    text = str(document[page].get_textpage().get_text_range())
    document.close()
    return text


def recalled(text: str, reference: str) -> float:
    """Share of the reference's characters that come in its order in the text, white space aside."""
    reference, text = "".join(reference.split()), "".join(text.split())
    return float(LCSseq.similarity(reference, text) / len(reference))


@needs_ocr
@pytest.mark.parametrize("path", [ZH, EN], ids=["zh", "en"])
def test_a_scan_is_read(path: Path) -> None:
    extracted = load(picture(path), "a.pdf")
    assert recalled(extracted.text, written(path)) >= 0.9
    check_boxes(extracted)
    born = load(path.read_bytes(), "b.pdf")
    line = born.boxes[0]
    found = min(extracted.boxes, key=lambda box: abs(box.top - line.top) + abs(box.left - line.left))
    assert recalled(extracted.text[found.start : found.end], born.text[line.start : line.end]) >= 0.8
    assert (found.left, found.top) == pytest.approx((line.left, line.top), abs=0.02)


@needs_ocr
def test_stamps_in_a_font_that_is_not_in_the_file_stay() -> None:
    """OCR does not see them: on the page that is drawn for it they are not."""
    stamps = [text_at(60, 780, "内部资料", font="F3"), text_at(60, 12, "第一页", font="F3")]
    document = pypdfium2.PdfDocument(drawn_pdf(["\n".join(stamps)]))
    image = pypdfium2.PdfImage.new(document)
    image.load_jpeg(io.BytesIO(picture(EN, kind="JPEG", share=0.3)), inline=True)
    image.set_matrix(pypdfium2.PdfMatrix().scale(WIDTH, 250).translate(0, 400))
    page = document[0]
    page.insert_obj(image)
    page.gen_content()
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    text = load(buffer.getvalue(), "a.pdf").text
    assert text.startswith("内部资料")
    assert text.endswith("第一页")
    assert recalled(text, "User manual for the cold-chain data loggers") >= 0.9


@needs_ocr
@pytest.mark.parametrize("suffix", sorted(ENDINGS))
def test_pictures_are_read(suffix: str) -> None:
    extracted = load(picture(ZH, kind=ENDINGS[suffix], share=0.25), f"a{suffix}")
    assert recalled(extracted.text, written(ZH)[:60]) >= 0.9
    assert extracted.media_type.startswith("image/")
    assert extracted.page_starts == (0,)
    check_boxes(extracted)


@needs_ocr
def test_a_page_that_lies_upside_down_is_read() -> None:
    upright = Image.open(io.BytesIO(picture(EN, kind="PNG", share=0.3)))
    buffer = io.BytesIO()
    upright.rotate(180).save(buffer, "PNG")
    extracted = load(buffer.getvalue(), "a.png")
    assert recalled(extracted.text, "Frostline T3 and T3H User manual for the cold-chain data loggers") >= 0.9
    assert extracted.boxes[0].bottom > 0.7  # the first line is at the bottom now, to the right
    assert extracted.boxes[0].right > 0.85
    check_boxes(extracted)


@needs_ocr
@pytest.mark.skipif(sys.platform != "linux", reason="limits are Linux's")
def test_reading_keeps_within_the_bounds_of_a_reader(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(picture(ZH, 1))
    done = subprocess.run([sys.executable, "-c", CONFINED, scan], capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert not done.stderr
    assert recalled(done.stdout.decode(), written(ZH, 1)) >= 0.9


@needs_ocr
@pytest.mark.parametrize("size", [(48, 48), (300, 300)])
def test_icons_and_pictures_without_text_are_passed_over(size: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, "PNG")
    with pytest.raises(UnsupportedFile, match="picture"):
        load(buffer.getvalue(), "a.png")


WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Hidden(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == "rapidocr" else super().find_spec(name, path, target)

sys.meta_path = [Hidden if finder is PathFinder else finder for finder in sys.meta_path]
from pathlib import Path
from ingest.loaders import load, ocr
try:
    load(Path(sys.argv[1]).read_bytes(), sys.argv[1])
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(("name", "kind"), [("a.pdf", "UnreadableFile"), ("a.png", "UnsupportedFile")])
def test_without_the_extra_a_scan_says_what_is_missing(name: str, kind: str, tmp_path: Path) -> None:
    scan = tmp_path / name
    scan.write_bytes(picture(EN, kind="PDF" if name == "a.pdf" else "PNG"))
    done = subprocess.run([sys.executable, "-c", WITHOUT, scan], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.startswith(kind)
    assert "install youju[ocr]" in done.stdout
