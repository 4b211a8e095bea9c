"""Chinese names (姓名), as far as page layout needs them: to see a name in a row of characters."""

from __future__ import annotations

import re

__all__ = ["is_surname", "looks_like_name"]

# The commonest one-character surnames, about 97 of 100 people, and the two-character ones.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季"
    "俞章鲁葛伍韦申尤毕聂焦向柳邢路岳齐梅庄辛管祝左涂谷祁时舒耿牟卜肖詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃"
    "霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边闫褚"
)
_DOUBLE = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "司徒",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "夏侯",
)
_MINORITY = re.compile(r"[一-鿿]{2,6}(·[一-鿿]{1,6}){1,3}")


def is_surname(char: str) -> bool:
    """Whether a character is a common surname."""
    return char in _SURNAMES


def looks_like_name(word: str) -> bool:
    """Whether a word has the form of a personal name: 王小明, 李明, 欧阳小明, 买买提·艾力."""
    if _MINORITY.fullmatch(word):
        return True
    if not all("一" <= char <= "鿿" for char in word):
        return False
    return (2 <= len(word) <= 3 and is_surname(word[0])) or (
        3 <= len(word) <= 4 and word.startswith(_DOUBLE)
    )
