"""What a language model or a web page leaves in a Korean text that is no part of it.

Six kinds, each by pattern, without a model:

- ``prompt``: questions and answers of an instruction.
- ``form letter``: blanks to be filled in, [이름].
- ``leftover``: of a news page: a reporter's name line, portal and subscription notices.
- ``foreign script``: kana, or Chinese characters, grown into Korean words (약세推动에도). What
  stands in brackets behind a word, or in the source as well, is a gloss and stays.
- ``cut off``: a mark ``<<<X>>>`` is never closed; or the text stops within a sentence, where its
  other sentences end in a full stop.
- ``markup``: marks of an answer's form, such as ``<<<TEXT1>>>``.
"""

from __future__ import annotations

import re

KINDS = ("prompt", "form letter", "leftover", "foreign script", "cut off", "markup")
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA = r"\u3041-\u3096\u30a1-\u30fa\u30fc"
_FOREIGN = re.compile(f"[{_HAN}{_KANA}]+")
_BRACKETED = re.compile(
    r"[(\[（〔<「『《〈“\"'‘][^()\[\]（）〔〕<>「」『』]*[)\]）〕>」』》〉”\"'’]"
)
_KANA_ONLY = re.compile(f"[{_KANA}]")
_MARK = re.compile(r"<<<\s*(END )?\s*([A-Z]+\d*)\s*>>>")
_LEFTOVER = re.compile(
    r"(?:^|[.다\]\s])[가-힣]{2,7} ?(?:기자|특파원)(?=\s*(?:$|\n|=|[\w.]+@|\]))"
    r"|네이버 (?:홈|밴드|뉴스|포스트|메인)에서|뉴스 ?스탠드에서"
    r"|구독(?:하세요|하기|해 ?주세요|신청)"
    r"|(?:카카오톡|텔레그램) ?(?:제보|채널)|제보는 카카오톡|기사 ?제보|앱 다운로드"
)
_BYLINE = re.compile(r"(?:기자|특파원|구독하세요|만나세요)\Z")
_FORM = re.compile(
    r"\[(?:이름|성명|회사명?|기관명?|날짜|전문 ?분야|직책|연락처|주소|금액"
    r"|당신의 [가-힣]+|귀하의 [가-힣]+"
    r"|your [a-z ]+|name|company|date)\]",
    re.I,
)
_PROMPT = re.compile(
    r"(?:^|[\s.])(?:질문|답변|정답|지시|명령|입력|출력)\s?:"
    r"|(?:^|\n)\s*(?:Q|A|Question|Answer|Instruction)\d*\s?[:.]"
    r"|다음 (?:글|문장|뉴스|텍스트)[을를의] (?:요약|분류|번역|분석)(?:하세요|하시오|해 ?주세요)"
)
_ENDED = re.compile(r"[.!?…。:;)\]）〕>」』》〉”\"'’%|*}\-–—=]\s*\Z")
_WHOLE = re.compile(
    r"(?:것|바|등|중|때문|예정|전망|계획|표|끝|니다|했다|이다|한다|된다|있다|없다)\s*\Z"
)
LEAST_LINE = 15
_NOMINAL_FINAL = 16  # ㅁ: 함, 됨, 큼
_SENTENCE_END = re.compile(r"[가-힣][.!?](?=\s|\Z)")


def artifacts(text: str, source: str | None = None) -> list[str]:
    """Kinds of artefact in a text, in the order of ``KINDS``.

    Args:
        text: The text judged.
        source: The text it was made from: what foreign letters it has are no slip.

    Example:
        >>> artifacts("엔화 약세推动에도 증시는 올랐다. 저는 [이름]이라고")
        ['form letter', 'foreign script', 'cut off']
        >>> artifacts("비(非)은행이 늘었다.")
        []
    """
    found = {
        "prompt": bool(_PROMPT.search(text)),
        "form letter": bool(_FORM.search(text)),
        "leftover": bool(_LEFTOVER.search(text)),
        "foreign script": bool(foreign(text, source)),
        "cut off": is_cut_off(text),
        "markup": bool(_MARK.search(text)),
    }
    return [kind for kind in KINDS if found[kind]]


def is_cut_off(text: str) -> bool:
    """Whether a mark is not closed, or the text stops within a sentence.

    Example:
        >>> is_cut_off("금리를 올렸다. 시장은"), is_cut_off("주요 내용"), is_cut_off("<<<A>>>다.")
        (True, False, True)
    """
    opened: set[str] = set()
    for mark in _MARK.finditer(text):
        (opened.discard if mark[1] else opened.add)(mark[2])
    if opened:
        return True
    text = text.rstrip()
    if not text or _MARK.search(text) or _ENDED.search(text) or _BYLINE.search(text):
        return False  # closed marks prove the end
    last = text[-1]
    if "가" <= last <= "힣" and (ord(last) - 0xAC00) % 28 == _NOMINAL_FINAL:
        return False
    if not _SENTENCE_END.search(text) or _WHOLE.search(text):
        return False  # a heading or a list of nouns ends so, and has no sentences before it
    *lines, _ = (line.strip() for line in text.split("\n") if line.strip())
    bare = [line for line in lines if len(line) >= LEAST_LINE and not _ENDED.search(line)]
    # Notes in the style of offices leave the full stop out on most lines: there the last one, too.
    return len(bare) * 2 <= len(lines)


def foreign(text: str, source: str | None = None) -> list[str]:
    """Runs of Chinese characters and kana that slipped into a Korean text.

    Example:
        >>> foreign("생산增加로"), foreign("생산增加로", "생산增加"), foreign("내력벽(耐力壁)")
        (['增加'], [], [])
    """
    bare = _BRACKETED.sub(lambda one: " " * len(one.group()), text)
    found = []
    for one in _FOREIGN.finditer(bare):
        run, before = one.group(), bare[one.start() - 1 : one.start()]
        known = source is not None and all(letter in source for letter in run)
        grown = "가" <= before <= "힣" or _KANA_ONLY.search(run)
        if not known and (grown or source is not None):
            found.append(run)
    return found
