"""Invented newspaper pieces for benchmarks of corpus runs: any number, always the same ones."""

from __future__ import annotations

import json
import random
from pathlib import Path

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超兰霞平刚桂文辉建国志华晓燕春梅"
PLACES = ("清河县", "沂南县", "昌平区", "临江市", "安远县", "云溪区", "东宁市", "新丰县")
UNITS = ("水利局", "教育局", "财政局", "农业局", "交通局", "卫生局", "文化局", "公安局", "统计局")
TITLES = ("局长", "副局长", "党组书记", "办公室主任", "总工程师")
SENTENCES = (
    "{place}{unit}{title}{person}在会上介绍了今年以来各项工作的进展情况。",
    "经{place}人大常委会第{number}次会议通过，任命{person}为{place}{unit}{title}。",
    "免去{person}的{place}{unit}{title}职务。",
    "{person}强调，要把群众的事办好，把惠民政策落到实处，让发展成果更多惠及全体人民。",
    "据统计，全县已经修好渠道{number}公里，新打机井{number}眼，受益群众{number}万人。",
    "{place}{unit}和{place}文化馆联合举办的第{number}届读书节昨日在人民广场开幕。",
    "来自全市各单位的{number}名代表参加了会议，{person}主持会议。",
    "下一步，各乡镇要加强领导，落实责任，确保完成全年目标任务。",
)


def piece(number: int, characters: int) -> str:
    """Piece of this number, of about so many characters, with a dateline."""
    luck = random.Random(number)
    text = f"本报{luck.randrange(1, 13)}月{luck.randrange(1, 29)}日讯 "
    while len(text) < characters:
        text += luck.choice(SENTENCES).format(
            place=luck.choice(PLACES),
            unit=luck.choice(UNITS),
            title=luck.choice(TITLES),
            person=luck.choice(SURNAMES) + "".join(luck.sample(GIVEN, luck.choice((1, 2)))),
            number=luck.randrange(2, 400),
        )
    return text


def write_rows(path: Path, documents: int, characters: int) -> Path:
    """A JSON Lines file of so many pieces."""
    with path.open("w", encoding="utf-8") as out:
        for number in range(documents):
            row = {
                "id": f"n{number}",
                "text": piece(number, characters),
                "meta": {"issue_date": f"{2000 + number % 20}-05-06", "home_place": "临江市"},
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def write_files(folder: Path, documents: int, characters: int) -> Path:
    """A folder of so many text files, two hundred a subfolder."""
    for number in range(documents):
        page = folder / f"{number // 200:04d}" / f"p{number:06d}.txt"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(piece(number, characters), encoding="utf-8")
    return folder
