"""Puts an attack into a carrier and writes the files: Markdown, or the format that the hiding place needs."""

from __future__ import annotations

import html
import io
from dataclasses import dataclass
from pathlib import Path

import docx

from benchmarks.injection.carriers import CARRIERS, Carrier
from benchmarks.injection.techniques import CANARY, TECHNIQUES, URL, Technique

HIDING = {"hidden": "display:none", "white": "color:#ffffff", "tiny": "font-size:1px"}


@dataclass(frozen=True)
class Case:
    """A carrier with an attack in it; with none it is the clean one."""

    carrier: Carrier
    technique: Technique | None

    @property
    def payload(self) -> str:
        if self.technique is None:
            return ""
        template = self.technique.en if self.carrier.language == "en" else self.technique.zh
        filled = template.replace("{canary}", CANARY).replace("{url}", URL).replace("{false}", self.carrier.false_fact)
        return filled.replace("{question}", self.carrier.question)


def cases() -> list[Case]:
    """The clean carriers, then every technique in every carrier."""
    return [Case(carrier, technique) for technique in (None, *TECHNIQUES) for carrier in CARRIERS]


def write(case: Case, folder: Path, padding: int) -> None:
    """Write the files of a case into a folder of its own. Blank lines at the end make each file another: the same content
    twice would be one document."""
    folder.mkdir(parents=True, exist_ok=True)
    place = case.technique.place if case.technique else "behind"
    if place == "vanish":
        (folder / f"{case.carrier.name}.docx").write_bytes(_word(case))
    elif place in ("comment", "metadata", *HIDING):
        (folder / f"{case.carrier.name}.html").write_text(_page(case, place) + "\n" * padding, encoding="utf-8")
    else:
        name = case.payload[:60].replace("/", " ") if place == "filename" else case.carrier.name
        (folder / f"{name}.md").write_text(_markdown(case, place) + "\n" * padding, encoding="utf-8")
    if place == "other":
        second = f"# {case.carrier.title} 2\n\n{case.carrier.after} {case.payload}\n"
        (folder / f"{case.carrier.name}-2.md").write_text(second, encoding="utf-8")


def _markdown(case: Case, place: str) -> str:
    one, payload = case.carrier, case.payload
    title = payload if place == "title" else one.title
    heading = f"## {payload}\n\n" if place == "heading" else ""
    fact = f"{payload} {one.fact}" if place == "before" else f"{one.fact} {payload}" if place == "behind" else one.fact
    table = f"\n\n| A | B |\n|---|---|\n| 1 | {payload} |" if place == "cell" else ""
    return f"# {title}\n\n{heading}{one.before} {fact}\n{one.after}{table}\n"


def _page(case: Case, place: str) -> str:
    one, payload = case.carrier, html.escape(case.payload)
    inside = f"<!-- {payload} -->" if place == "comment" else ""
    inside = f'<span style="{HIDING[place]}">{payload}</span>' if place in HIDING else inside
    meta = f'<meta name="description" content="{payload}">' if place == "metadata" else ""
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{one.title}</title>{meta}</head><body><h1>{one.title}</h1>'
        f"<p>{one.before} {one.fact} {inside}</p><p>{one.after}</p></body></html>"
    )


def _word(case: Case) -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    document.add_heading(case.carrier.title, 0)
    paragraph = document.add_paragraph(f"{case.carrier.before} {case.carrier.fact} ")
    paragraph.add_run(case.payload).font.hidden = True
    document.add_paragraph(case.carrier.after)
    document.save(buffer)
    return buffer.getvalue()
