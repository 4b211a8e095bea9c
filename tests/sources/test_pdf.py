from __future__ import annotations

from pathlib import Path

import pytest
from test_columns import ROAD, SCHOOL, SPRING
from typeset import Sheet, write_pdf

from pipeline.errors import BadInputError
from pipeline.schema import Source
from pipeline.sources import read_sources
from pipeline.sources.layout import locate


def read(path: Path) -> Source:
    (source,) = read_sources([str(path)])
    assert isinstance(source, Source)
    return source


def page() -> Sheet:
    sheet = Sheet()
    sheet.line(60, 60, "全县春灌工作展开", size=40, shadow=3)
    sheet.line(200, 90, "群众满意", size=16, gap=12)
    for x, text in ((50, SPRING), (230, SCHOOL), (410, ROAD)):
        sheet.column(x, 120, text)
    return sheet


def joined(text: str) -> str:
    return "".join(text.split())


def test_a_newspaper_page_in_columns_with_doubled_and_spaced_headlines(tmp_path: Path) -> None:
    source = read(write_pdf(tmp_path / "page.pdf", page()))
    lines = source.text.split("\n")
    assert lines[0] == "全全县县春春灌灌工工作作展展开开"
    assert lines[2] == "群 众 满 意"
    assert lines[4].startswith("　　清河县水利局")
    assert joined(source.text).endswith(SPRING + SCHOOL + ROAD)
    assert source.text.count("\n\n") == 4  # two headlines and three columns


def test_each_character_points_at_its_page_index_and_box(tmp_path: Path) -> None:
    second = Sheet()
    second.line(100, 700, "郭晓莉", size=20)
    source = read(write_pdf(tmp_path / "page.pdf", page(), second))
    assert [p.number for p in source.pages] == [1, 2]
    assert (source.pages[0].width, source.pages[0].height) == (595, 842)
    at = source.text.rindex("郭晓莉")
    assert source.pages[1].start <= at < source.pages[1].end
    (location,) = locate(source, [(at, at + 3)])
    assert (location.page, location.char) == (2, 0)
    left, top, right, bottom = location.box
    assert left == pytest.approx(100, abs=1)
    assert right == pytest.approx(160, abs=1)
    assert top == pytest.approx(700 - 17.6, abs=1)
    assert bottom == pytest.approx(702.4, abs=1)


def test_the_index_is_that_of_the_pdf_itself(tmp_path: Path) -> None:
    import pypdfium2 as pdfium

    path = write_pdf(tmp_path / "page.pdf", page())
    source = read(path)
    with pdfium.PdfDocument(path) as document:
        own = document[0].get_textpage().get_text_range()
    for name in ("何启明", "郭晓莉", "十一公里"):
        at = source.text.replace("\n", "\0").index(name)
        (location,) = locate(source, [(at, at + len(name))])
        assert own[location.char : location.char + len(name)] == name


def test_a_span_over_two_lines_has_a_place_on_each(tmp_path: Path) -> None:
    source = read(write_pdf(tmp_path / "page.pdf", page()))
    start = source.text.index("清河县")
    end = source.text.index("情况")
    places = locate(source, [(start, end)])
    assert len(places) == 2
    assert places[0].box[3] <= places[1].box[1] + 4
    assert all(place.box[2] <= 50 + 161 for place in places)


def test_the_same_glyph_printed_twice_over_itself_is_one_character(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.line(60, 60, "春灌展开", size=40)
    sheet.line(60.8, 60, "春灌展开", size=40)
    assert read(write_pdf(tmp_path / "page.pdf", sheet)).text == "春灌展开\n"


def test_text_has_no_places() -> None:
    assert locate(Source(text="abc"), [(0, 2)]) == ()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_reads_as_it_is_shown(tmp_path: Path, turn: int) -> None:
    import pypdfium2 as pdfium

    # set upright, then shown turned: what was a line from left to right now runs down the page
    path = write_pdf(tmp_path / "page.pdf", page())
    with pdfium.PdfDocument(path) as document:
        document[0].set_rotation(turn)
        document.save(tmp_path / "turned.pdf")
    source = read(tmp_path / "turned.pdf")
    width, height = source.pages[0].width, source.pages[0].height
    assert (width, height) == ((842, 595) if turn in {90, 270} else (595, 842))
    (at,) = (i for i in range(len(source.text)) if source.text.startswith("启", i))
    (place,) = locate(source, [(at, at + 1)])
    assert 0 <= place.box[0] < place.box[2] <= width
    assert 0 <= place.box[1] < place.box[3] <= height
    assert sorted(joined(source.text)) == sorted(joined(read(path).text))


def test_a_scan_is_told_to_go_through_ocr(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"scan\.pdf: is a scan without a text layer: run OCR"):
        read(write_pdf(tmp_path / "scan.pdf", Sheet()))


def test_scanned_pages_among_others_are_named(tmp_path: Path) -> None:
    source = read(write_pdf(tmp_path / "page.pdf", page(), Sheet(), page()))
    assert source.meta.model_extra is not None
    assert source.meta.model_extra["pages_without_text"] == [2]
    assert [p.end > p.start for p in source.pages] == [True, False, True]


def test_encrypted_truncated_and_false_pdfs_have_their_true_reason(tmp_path: Path) -> None:
    whole = write_pdf(tmp_path / "whole.pdf", page()).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.pdf").write_text("就是文字。", encoding="utf-8")
    write_pdf(tmp_path / "locked.pdf", page(), password="geheim")
    reasons = {}
    for name in ("cut", "text", "locked"):
        with pytest.raises(BadInputError) as caught:
            read(tmp_path / f"{name}.pdf")
        reasons[name] = caught.value.reason
    assert reasons == {
        "cut": "is not a whole PDF file: its end is missing",
        "text": "is not a PDF file",
        "locked": "is encrypted: it needs a password",
    }


def test_the_title_becomes_metadata(tmp_path: Path) -> None:
    source = read(write_pdf(tmp_path / "page.pdf", page(), title="清河日报 第一版"))
    assert source.meta.model_extra == {"title": "清河日报 第一版"}


def test_too_many_characters_end_early(tmp_path: Path) -> None:
    from pipeline.sources import ReadOptions

    path = write_pdf(tmp_path / "page.pdf", *[page()] * 4)
    with pytest.raises(BadInputError, match="more than 500 characters"):
        list(read_sources([str(path)], ReadOptions(max_characters=500)))


def test_a_table_keeps_its_rows_and_cells(tmp_path: Path) -> None:
    sheet = Sheet()
    for number, (person, post) in enumerate((("何启明", "局长"), ("郭晓莉", "副局长"))):
        sheet.line(60, 100 + 18 * number, person)
        sheet.line(160, 100 + 18 * number, post)
    assert read(write_pdf(tmp_path / "t.pdf", sheet)).text == "何启明  局长\n郭晓莉  副局长\n"


def test_a_vertical_headline_beside_columns(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.line(60, 50, "全县春灌工作展开", size=36)
    sheet.upright(50, 110, "群众满意春灌")
    for x, text in ((90, SPRING), (270, SCHOOL)):
        sheet.column(x, 107, text)
    source = read(write_pdf(tmp_path / "page.pdf", sheet))
    blocks = source.text.split("\n\n")
    assert blocks[:2] == ["全县春灌工作展开", "群众满意春灌"]
    assert [joined(block) for block in blocks[2:]] == [SPRING, SCHOOL]


def test_a_page_of_vertical_lines(tmp_path: Path) -> None:
    import pypdfium2 as pdfium

    lines = ("清河县水利局局长何启明", "介绍了春灌工作的情况，", "说完")
    sheet = Sheet()
    for number, line in enumerate(lines):
        first = 0 if number else 2
        sheet.upright(300 - 16 * number, 100 + 12 * first, line, size=10)
    path = write_pdf(tmp_path / "page.pdf", sheet)
    source = read(path)
    assert source.text == f"　　{lines[0]}\n{lines[1]}\n{lines[2]}\n"
    with pdfium.PdfDocument(path) as document:
        own = document[0].get_textpage().get_text_range()
    at = source.text.index("何启明")
    (place,) = locate(source, [(at, at + 3)])
    assert own[place.char : place.char + 3] == "何启明"
    base = 100 + 12 * (2 + lines[0].index("何"))
    assert place.box == pytest.approx((300, base - 8.8, 310, base + 25.2), abs=1)


@pytest.mark.parametrize("by_columns", [True, False])
def test_a_table_of_single_characters_keeps_its_rows(tmp_path: Path, by_columns: bool) -> None:
    rows = ("水河长", "利清局", "何启明")
    cells = [(x, y) for y in range(3) for x in range(3)]
    sheet = Sheet()
    for x, y in sorted(cells) if by_columns else cells:
        sheet.line(100 + 40 * x, 100 + 18 * y, rows[y][x])
    text = read(write_pdf(tmp_path / "page.pdf", sheet)).text
    assert text == "".join("  ".join(row) + "\n" for row in rows)


def plain_pdf(path: Path, content: bytes, *objects: bytes) -> Path:
    """A PDF of one page by hand; objects: its font, object 5, and what that refers to."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>",
        stream(content),
        *objects,
    ]
    data = b"%PDF-1.4\n"
    starts = []
    for number, part in enumerate(parts, start=1):
        starts.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % start for start in (0, *starts))
    size = len(parts) + 1
    data += b"xref\n0 %d\n%strailer << /Size %d /Root 1 0 R >>\n" % (size, table, size)
    path.write_bytes(data + b"startxref\n%d\n%%%%EOF\n" % data.rindex(b"xref\n0"))
    return path


def stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def test_a_font_that_writes_downwards(tmp_path: Path) -> None:
    lines = ("清河县水利局局长何启明", "介绍了春灌工作的情况他")
    content = "BT /F 12 Tf " + " ".join(
        f"1 0 0 1 {300 - 20 * number} 700 Tm <{line.encode('utf-16-be').hex()}> Tj"
        for number, line in enumerate(lines)
    )
    path = plain_pdf(
        tmp_path / "page.pdf",
        content.encode() + b" ET",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-V "
        b"/DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 7 0 R >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] "
        b"/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    )
    source = read(path)
    assert source.text == "".join(f"{line}\n" for line in lines)
    (place,) = locate(source, [(0, 3)])
    assert place.box == pytest.approx((294, 142, 306, 178), abs=2)


def test_control_characters_in_a_text_layer_are_marked_as_unreadable(tmp_path: Path) -> None:
    codes = b"<41> <0000> <42> <000C> <43> <001B> <44> <6E05>"
    path = plain_pdf(
        tmp_path / "page.pdf",
        b"BT /F 12 Tf 100 700 Td (xyzDAxyzBxyzCxyzD) Tj ET",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        stream(
            b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
            b"4 beginbfchar " + codes + b" endbfchar endcmap"
        ),
    )
    assert read(path).text == "xyz清\ufffdxyz xyz\ufffdxyz清\n"


def test_an_empty_pdf_says_so(tmp_path: Path) -> None:
    (tmp_path / "page.pdf").write_bytes(b"")
    with pytest.raises(BadInputError, match=r"^page\.pdf: is empty$"):
        read(tmp_path / "page.pdf")
