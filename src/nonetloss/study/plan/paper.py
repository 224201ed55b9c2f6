"""An editable document: headings, tables whose heads repeat, figures, fields and open points.

A thin layer over python-docx. What no run can know is written as an open point: highlighted where
it stands, and gathered for the list at the end. Equal content gives equal bytes.
"""

import datetime
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run as Piece

from nonetloss.core.language import Language
from nonetloss.study.plan.words import word

WIDTH_CM = 16.5
# A map of this width leaves room for its caption and some text on the page.
MAP_CM = 14.0
FONT = "Arial"
GREEN, GRAY, SHADE, MARKED = "1F5A41", "5A6269", "E4EEE8", "F3F6F1"
_LOCALE = {"es": "es-PE", "en": "en-US"}
# The oldest time that a zip archive can hold: bytes do not tell when a plan was written.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: head, rows of plain text, shares of the width, and which columns are numbers.

    A row with a single cell is a heading over the rows that follow. Rows of `strong` are bold, as
    totals; those of `marked` are shaded.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    numeric: frozenset[int] = frozenset()
    strong: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()


@dataclass(slots=True)
class Paper:
    """A document that grows from top to bottom."""

    document: Document
    language: Language
    open_points: list[tuple[str, str]] = field(default_factory=list)
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    counters: list[int] = field(default_factory=lambda: [0, 0])
    captions: dict[str, int] = field(default_factory=dict)
    contents: Paragraph | None = None


def new_paper(language: Language, *, title: str, subject: str, date: datetime.date) -> Paper:
    """An empty A4 document in one language, dated as the study decides."""
    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm((21.0 - WIDTH_CM) / 2)
    page.top_margin, page.bottom_margin = Cm(2.2), Cm(2.2)
    about = document.core_properties
    about.title, about.subject, about.author = title, subject, "nonetloss"
    about.last_modified_by, about.comments, about.language = "nonetloss", "", _LOCALE[language]
    about.created = about.modified = datetime.datetime.combine(
        date, datetime.time(), tzinfo=datetime.UTC
    )
    about.revision = 1
    _styles(document, language)
    _footer(document, title, language)
    return Paper(document, language)


def _styles(document: Document, language: Language) -> None:
    named = document.styles
    normal = named["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10)
    normal.paragraph_format.space_after = Pt(6)
    normal.paragraph_format.line_spacing = 1.1
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), _LOCALE[language])
    normal.element.get_or_add_rPr().append(spoken)
    looks = (("Title", 24, 0, 6), ("Heading 1", 15, 18, 6), ("Heading 2", 12, 12, 4))
    for name, size, before, after in looks:
        style = named[name]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(size), True
        style.font.color.rgb = RGBColor.from_string(GREEN)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{kind}"), None)
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(after)
        style.paragraph_format.keep_with_next = True
    caption = named["Caption"]
    caption.font.name, caption.font.size, caption.font.bold = FONT, Pt(9), True
    caption.font.color.rgb = RGBColor.from_string("1B1F23")
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(8), Pt(3)


def _footer(document: Document, title: str, language: Language) -> None:
    line = document.sections[0].footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    parts = word("page", language).split("|")
    _small(line.add_run(f"{title} · {parts[0]}"))
    add_field(line, "PAGE", "1", small=True)
    _small(line.add_run(parts[1]))
    add_field(line, "NUMPAGES", "1", small=True)


def _small(piece: Piece, size: float = 8) -> Piece:
    piece.font.size = Pt(size)
    piece.font.color.rgb = RGBColor.from_string(GRAY)
    return piece


def add_field(line: Paragraph, code: str, shown: str, *, small: bool = False) -> None:
    """A field that the word processor computes; `shown` is what it says before that."""
    for kind in ("begin", "code", "separate", "shown", "end"):
        piece = line.add_run()
        if small:
            _small(piece)
        if kind == "code":
            told = OxmlElement("w:instrText")
            told.set(qn("xml:space"), "preserve")
            told.text = f" {code} "
            piece._r.append(told)
        elif kind == "shown":
            piece.text = shown
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            piece._r.append(mark)


def heading(paper: Paper, title: str, level: int = 1) -> None:
    """A numbered heading, known to the table of contents."""
    if level == 1:
        paper.counters[:] = [paper.counters[0] + 1, 0]
        number = f"{paper.counters[0]}."
    else:
        paper.counters[1] += 1
        number = f"{paper.counters[0]}.{paper.counters[1]}."
    name = f"_Toc{len(paper.headings) + 1:06d}"
    line = paper.document.add_heading(f"{number} {title}", level)
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(qn("w:id"), str(len(paper.headings) + 1))
    start.set(qn("w:name"), name)
    line._p.insert(1, start)
    line._p.append(end)
    paper.headings.append((level, f"{number} {title}", name))


def prose(paper: Paper, *told: str, gray: bool = False, italic: bool = False) -> None:
    """A paragraph of its own for every text that says anything."""
    for one in told:
        if one:
            piece = paper.document.add_paragraph().add_run(one)
            piece.italic = italic
            if gray:
                _small(piece, 8.5)


def bullets(paper: Paper, told: Sequence[str]) -> None:
    """One line for each text."""
    for one in told:
        line = paper.document.add_paragraph(one, style="List Bullet")
        line.paragraph_format.space_after = Pt(3)


def box(paper: Paper, title: str, told: Sequence[str]) -> None:
    """Something that must not be missed: a shaded frame over the whole width."""
    frame = paper.document.add_table(rows=1, cols=1, style="Table Grid")
    frame.alignment = WD_TABLE_ALIGNMENT.CENTER
    cell = frame.rows[0].cells[0]
    _shade(cell, "FFF4D6")
    first = cell.paragraphs[0]
    first.add_run(title).bold = True
    for one in told:
        line = cell.add_paragraph(one)
        line.paragraph_format.space_after = Pt(3)
    paper.document.add_paragraph().paragraph_format.space_after = Pt(2)


def to_complete(paper: Paper, what: str) -> None:
    """An open point: highlighted, and gathered for the list at the end."""
    line = paper.document.add_paragraph()
    _highlighted(line, f"[{word('to-complete', paper.language)}: {what}]")
    where = paper.headings[-1][1] if paper.headings else ""
    paper.open_points.append((where, what))


def _highlighted(line: Paragraph, shown: str) -> None:
    line.add_run(shown).font.highlight_color = WD_COLOR_INDEX.YELLOW


def blank(paper: Paper, what: str = "") -> str:
    """The mark of an open cell; with `what`, it also enters the list at the end."""
    if what:
        where = paper.headings[-1][1] if paper.headings else ""
        paper.open_points.append((where, what))
    return f"[{word('to-complete', paper.language)}]"


def table(paper: Paper, grid: Grid) -> None:
    """A table with its caption above; the head repeats on every page, no row is torn apart."""
    _caption(paper, "table", grid.caption, keep=True)
    made = paper.document.add_table(rows=1, cols=len(grid.heads), style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    shares = [WIDTH_CM * w / sum(grid.widths) for w in grid.widths]
    for column, (cell, head) in enumerate(zip(made.rows[0].cells, grid.heads, strict=True)):
        _fill(paper, cell, head, right=column in grid.numeric, bold=True, head=True)
        _shade(cell, SHADE)
    _flag(made.rows[0], "w:tblHeader")
    for index, row in enumerate(grid.rows):
        added = made.add_row()
        _flag(added, "w:cantSplit")
        if len(row) == 1 and len(grid.heads) > 1:
            whole = added.cells[0].merge(added.cells[-1])
            _fill(paper, whole, row[0], bold=True)
            _shade(whole, MARKED)
            whole.paragraphs[0].paragraph_format.keep_with_next = True
            continue
        strong = index in grid.strong
        for column, (cell, shown) in enumerate(zip(added.cells, row, strict=True)):
            _fill(paper, cell, shown, right=column in grid.numeric, bold=strong)
            if strong or index in grid.marked:
                _shade(cell, MARKED)
    for column, share in enumerate(shares):
        made.columns[column].width = Cm(share)
        for entry in made.rows:
            if len(entry._tr.tc_lst) > column and len(entry._tr.tc_lst) == len(shares):
                entry.cells[column].width = Cm(share)
    paper.document.add_paragraph().paragraph_format.space_after = Pt(2)


def _fill(
    paper: Paper,
    cell: _Cell,
    shown: str,
    *,
    right: bool = False,
    bold: bool = False,
    head: bool = False,
) -> None:
    mark = f"[{word('to-complete', paper.language)}"
    for index, part in enumerate(str(shown).split("\n")):
        line = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(1.5)
        line.paragraph_format.line_spacing = 1.0
        if right:
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if part.startswith(mark):
            _highlighted(line, part)
        else:
            line.add_run(part).bold = bold
        for piece in line.runs:
            piece.font.size = Pt(7.5 if head else 8)


def _shade(cell: _Cell, color: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), color)
    cell._tc.get_or_add_tcPr().append(shade)


def _flag(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _caption(paper: Paper, kind: str, told: str, *, keep: bool = False) -> None:
    line = paper.document.add_paragraph(style="Caption")
    line.paragraph_format.keep_with_next = keep
    name = word(kind, paper.language)
    line.add_run(f"{name} ")
    before = sum(
        1
        for p in paper.document.paragraphs
        if p._p.xpath(f".//w:instrText[contains(., 'SEQ {name}')]")
    )
    add_field(line, f"SEQ {name} \\* ARABIC", str(before + 1))
    line.add_run(f". {told}")


def figure(
    paper: Paper, content: bytes, *, caption: str, alt: str, width_cm: float = WIDTH_CM
) -> None:
    """A picture over its caption."""
    line = paper.document.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.keep_with_next = True
    line.paragraph_format.space_after = Pt(0)
    _picture(line, content, alt, width_cm)
    _caption(paper, "figure", caption)


def figures(paper: Paper, pictures: Sequence[tuple[bytes, str, str]], *, caption: str) -> None:
    """Small pictures two by two, each with its own title; one caption for all."""
    frame = paper.document.add_table(rows=0, cols=2)
    frame.alignment = WD_TABLE_ALIGNMENT.CENTER
    for index in range(0, len(pictures), 2):
        row = frame.add_row()
        _flag(row, "w:cantSplit")
        for cell, (content, title, alt) in zip(
            row.cells, pictures[index : index + 2], strict=False
        ):
            head = cell.paragraphs[0]
            head.paragraph_format.space_after = Pt(0)
            named = head.add_run(title)
            named.bold, named.font.size = True, Pt(9)
            line = cell.add_paragraph()
            _picture(line, content, alt, WIDTH_CM / 2 - 0.4)
    _caption(paper, "figure", caption)


def _picture(line: Paragraph, content: bytes, alt: str, width_cm: float) -> None:
    drawn = line.add_run().add_picture(io.BytesIO(content), width=Emu(Cm(width_cm)))
    drawn._inline.docPr.set("descr", alt)


def table_of_contents(paper: Paper) -> None:
    """The place where the table of contents will stand."""
    line = paper.document.add_paragraph()
    named = line.add_run(word("contents", paper.language))
    named.bold, named.font.size = True, Pt(13)
    named.font.color.rgb = RGBColor.from_string(GREEN)
    paper.contents = paper.document.add_paragraph()


def _fill_contents(paper: Paper) -> None:
    """One line for each chapter, its page as a field.

    Not a TOC field: LibreOffice would show its pages as they were saved, and no page is known here.
    """
    if paper.contents is None:
        return
    for level, title, name in paper.headings:
        if level == 1:
            line = paper.contents.insert_paragraph_before()
            line.paragraph_format.space_after = Pt(2)
            stops = line.paragraph_format.tab_stops
            stops.add_tab_stop(Cm(WIDTH_CM), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
            line.add_run(f"{title}\t")
            add_field(line, f"PAGEREF {name} \\h", "…")


def page_break(paper: Paper) -> None:
    """Go on with a new page."""
    paper.document.add_page_break()


def to_bytes(paper: Paper) -> bytes:
    """The file, with the table of contents filled; equal content gives equal bytes."""
    _fill_contents(paper)
    renew = OxmlElement("w:updateFields")
    renew.set(qn("w:val"), "true")
    paper.document.settings.element.append(renew)
    raw = io.BytesIO()
    paper.document.save(raw)
    fixed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(fixed, "w") as target:
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            target.writestr(info, source.read(entry.filename))
    return fixed.getvalue()
