from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import BadInputError
from pipeline.schema import Source
from pipeline.sources import ReadOptions, read_sources

PARAGRAPHS = (
    "清河县水利局局长何启明昨日在会上介绍了今年春灌工作的情况，他说全县已经修好渠道三百二十公里。",
    "县委书记郭晓莉强调，各级干部要到田间地头去，把群众的难处当作自己的难处，把好事办实办好。",
)
PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>春灌工作展开</title>
<meta name="PubDate" content="2014-4-25 08:30"><meta name="SiteName" content="清河新闻网"></head>
<body><div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/a">要闻</a></li></ul></div>
<div class="article"><h1>全县春灌工作展开</h1><p>{0}</p><p>{1}</p></div>
<script>alert("坏")</script><div class="footer">版权所有 请勿转载</div></body></html>"""


def read(path: Path, options: ReadOptions | None = None) -> Source:
    (source,) = read_sources([str(path)], options)
    assert isinstance(source, Source)
    return source


def why(path: Path, options: ReadOptions | None = None) -> str:
    with pytest.raises(BadInputError) as caught:
        read(path, options)
    return caught.value.reason


@pytest.mark.parametrize(
    ("declared", "real", "used"),
    [
        ("utf-8", "utf-8", "utf-8"),
        ("gb2312", "gb18030", "gb18030"),
        ("utf-8", "gb18030", "gb18030"),
        ("big5", "big5", "big5hkscs"),
        ("gbk", "utf-8-sig", "utf-8-sig"),
        ("utf-8", "utf-8-sig", "utf-8-sig"),
        ("gbk", "gbk", "gb18030"),
    ],
)
def test_the_main_text_of_a_page(tmp_path: Path, declared: str, real: str, used: str) -> None:
    page = PAGE.format(*PARAGRAPHS, charset=declared)
    (tmp_path / "a.html").write_bytes(page.encode(real, errors="xmlcharrefreplace"))
    source = read(tmp_path / "a.html")
    assert source.encoding == used
    lines = source.text.splitlines()
    assert [line for line in lines if line in PARAGRAPHS] == list(PARAGRAPHS)
    assert "要闻" not in source.text
    assert "坏" not in source.text
    assert source.meta.issue_date == "2014-04-25"
    assert source.meta.model_extra == {"title": "春灌工作展开", "site": "清河新闻网"}


@pytest.mark.parametrize("declared", ["gb2312", "gbk", "big5", "iso-8859-1"])
def test_a_page_in_utf8_is_read_so_whatever_it_declares(tmp_path: Path, declared: str) -> None:
    page = PAGE.format(*PARAGRAPHS, charset=declared)
    script = f"<script>{'var a = 1; ' * 2000}</script></body>"  # makes the wrong places few
    (tmp_path / "a.html").write_text(page.replace("</body>", script), encoding="utf-8")
    source = read(tmp_path / "a.html")
    assert source.encoding == "utf-8"
    assert PARAGRAPHS[0] in source.text


def test_a_page_without_text_is_a_reject(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><body><script>1</script></body></html>")
    assert why(tmp_path / "a.html").startswith("has no main text")
    (tmp_path / "b.html").write_bytes(b"\x89PNG" + bytes(90))
    assert "PNG" in why(tmp_path / "b.html")


def test_xhtml_with_an_xml_declaration(tmp_path: Path) -> None:
    page = '<?xml version="1.0" encoding="utf-8"?>' + PAGE.format(*PARAGRAPHS, charset="utf-8")
    (tmp_path / "a.xhtml").write_text(page, encoding="utf-8")
    assert PARAGRAPHS[0] in read(tmp_path / "a.xhtml").text


def word_file(path: Path) -> Path:
    from docx import Document

    document = Document()
    document.core_properties.title = "春灌简报"
    document.core_properties.author = ""
    document.add_heading("全县春灌工作展开", 1)
    for paragraph in PARAGRAPHS:
        document.add_paragraph(paragraph)
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, (("姓名", "职务"), ("何启明", "局长")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph("完。")
    document.save(str(path))
    return path


def test_a_word_file_in_document_order(tmp_path: Path) -> None:
    source = read(word_file(tmp_path / "a.docx"))
    lines = [line.strip() for line in source.text.splitlines()]
    assert lines[:3] == ["全县春灌工作展开", *PARAGRAPHS]
    assert [line.split() for line in lines[3:]] == [["姓名", "职务"], ["何启明", "局长"], ["完。"]]
    assert source.meta.model_extra == {"title": "春灌简报"}


def word_xml(path: Path, body: str) -> Path:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        xml = f'<w:document xmlns:w="{space}" xmlns:mc="{mc}"><w:body>{body}</w:body></w:document>'
        archive.writestr("word/document.xml", xml)
    return path


def test_deleted_text_and_fall_back_copies_are_left_out(tmp_path: Path) -> None:
    path = word_xml(
        tmp_path / "a.docx",
        "<w:p><w:r><w:t>甲</w:t></w:r><w:del><w:r><w:delText>乙</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>丙</w:t></w:r></w:moveFrom>"
        "<mc:AlternateContent><mc:Choice><w:r><w:t>丁</w:t></w:r></mc:Choice>"
        "<mc:Fallback><w:r><w:t>丁</w:t></w:r></mc:Fallback></mc:AlternateContent>"
        "<w:r><w:br/><w:t>戊</w:t></w:r></w:p>",
    )
    assert read(path).text == "甲丁\n戊\n"


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.docx"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w") as member,
    ):
        for _ in range(60):
            member.write(bytes(1 << 20))
    assert "a ZIP bomb" in why(bomb)
    assert "more than 1000000" in why(bomb, ReadOptions(max_unpacked_bytes=1_000_000))


def test_an_entity_bomb_stays_small(tmp_path: Path) -> None:
    entities = "".join(
        f'<!ENTITY e{i} "{"".join(f"&e{i - 1};" for _ in range(10)) if i else "哈" * 10}">'
        for i in range(10)
    )
    body = f"<!DOCTYPE d [{entities}]><d xmlns:w='x'>&e9;</d>"
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", body)
    with pytest.raises(BadInputError):
        read(tmp_path / "a.docx")


def test_damaged_and_foreign_files_have_their_true_reason(tmp_path: Path) -> None:
    whole = word_file(tmp_path / "a.docx").read_bytes()
    (tmp_path / "cut.docx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "old.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (tmp_path / "text.docx").write_text("文字")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "a")
    (tmp_path / "zip.docx").write_bytes(other.getvalue())
    word_xml(tmp_path / "bad.docx", "<w:p><w:r>")
    assert why(tmp_path / "cut.docx").startswith("is damaged")
    assert why(tmp_path / "old.docx").startswith("is an old .doc file, or encrypted")
    assert why(tmp_path / "text.docx").startswith("is damaged")
    assert why(tmp_path / "zip.docx") == "is a ZIP archive, but not a Word document"
    assert why(tmp_path / "bad.docx").startswith("its XML is damaged")


def test_a_long_word_file_is_cut_off_early(tmp_path: Path) -> None:
    path = word_xml(tmp_path / "a.docx", "<w:p><w:r><w:t>长长长</w:t></w:r></w:p>" * 100)
    assert "more than 50 characters" in why(path, ReadOptions(max_characters=50))
