"""How Chinese names are read: the initials of organizations, the readings of surnames."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin

SURNAMES: Final = {
    "单": "shan",
    "曾": "zeng",
    "仇": "qiu",
    "区": "ou",
    "解": "xie",
    "查": "zha",
    "盖": "ge",
    "任": "ren",
    "华": "hua",
    "朴": "piao",
    "员": "yun",
    "黑": "he",
    "缪": "miao",
    "燕": "yan",
    "尉": "wei",
    "乐": "yue",
    "召": "shao",
    "翟": "zhai",
    "折": "she",
    "覃": "qin",
    "宓": "fu",
    "逄": "pang",
    "洗": "xian",
    "冼": "xian",
    "句": "gou",
    "纪": "ji",
    "尉迟": "yuchi",
    "万俟": "moqi",
    "长孙": "zhangsun",
    "单于": "chanyu",
    "澹台": "tantai",
    "鲜于": "xianyu",
    "令狐": "linghu",
}
"""Surnames that are read otherwise than the same character elsewhere."""


def initials_of(name: str) -> str:
    """The first letters of a name as it is read, letters and digits as they are: `wzsxg`.

    Brackets and marks are left out.
    """
    half = unicodedata.normalize("NFKC", name)
    read = "".join(lazy_pinyin(half, style=Style.FIRST_LETTER))
    return "".join(one.lower() for one in read if one.isalnum() and one.isascii())


@lru_cache(maxsize=4096)
def reading_of(surname: str) -> str:
    """A surname as it is read, without tones."""
    return SURNAMES.get(surname) or "".join(lazy_pinyin(surname, errors="ignore"))
