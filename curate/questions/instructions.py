"""Sentences that tell a model in which language to answer, in the benchmark's 32 languages.

Three ways besides none (CLaS-Bench): in English, in the language of the question, in the language
that is wanted. The sentence of the question's language names the wanted one as that language calls
itself ("Rispondi in questa lingua: Deutsch."), so that it needs no inflected name of each language
in each other one. By one writer; readers of most of these languages have not checked them.
"""

from __future__ import annotations

from typing import NamedTuple

from curate.errors import PublishError

MODES = ("none", "english", "source", "target")
"""How the language of the answer is asked for."""


class Sentences(NamedTuple):
    """What a language says.

    Attributes:
        english: Its name in English.
        own: Its name for itself.
        answer: "Respond in" this language, in it.
        point: "Respond in this language:", in it, with ``{}`` for the name of another.
    """

    english: str
    own: str
    answer: str
    point: str


_TABLE = """\
en | English | English | Respond in English. | Respond in this language: {}.
ar | Arabic | العربية | أجب باللغة العربية. | أجب بهذه اللغة: {}.
bo | Tibetan | བོད་ཡིག | བོད་ཡིག་ནང་ལན་འདེབས་རོགས། | སྐད་ཡིག་འདིའི་ནང་ལན་འདེབས་རོགས། {}
da | Danish | dansk | Svar på dansk. | Svar på dette sprog: {}.
de | German | Deutsch | Antworte auf Deutsch. | Antworte in dieser Sprache: {}.
es | Spanish | español | Contesta en español. | Contesta en este idioma: {}.
fr | French | français | Réponds en français. | Réponds dans cette langue : {}.
hi | Hindi | हिन्दी | हिन्दी में उत्तर दें। | इस भाषा में उत्तर दें: {}
it | Italian | italiano | Rispondi in italiano. | Rispondi in questa lingua: {}.
ja | Japanese | 日本語 | 日本語で答えてください。 | 次の言語で答えてください：{}
ko | Korean | 한국어 | 한국어로 답하세요. | 다음 언어로 답하세요: {}.
mt | Maltese | Malti | Wieġeb bil-Malti. | Wieġeb b'din il-lingwa: {}.
nl | Dutch | Nederlands | Antwoord in het Nederlands. | Antwoord in deze taal: {}.
no | Norwegian | norsk | Svar på norsk. | Svar på dette språket: {}.
pl | Polish | polski | Odpowiedz po polsku. | Odpowiedz w tym języku: {}.
pt | Portuguese | português | Responda em português. | Responda neste idioma: {}.
ru | Russian | русский | Ответь на русском языке. | Ответь на этом языке: {}.
sv | Swedish | svenska | Svara på svenska. | Svara på det här språket: {}.
tr | Turkish | Türkçe | Türkçe yanıt ver. | Şu dilde yanıt ver: {}.
zh | Chinese | 中文 | 请用中文回答。 | 请用以下语言回答：{}
sk | Slovak | slovenčina | Odpovedz po slovensky. | Odpovedz v tomto jazyku: {}.
el | Greek | ελληνικά | Απάντησε στα ελληνικά. | Απάντησε σε αυτή τη γλώσσα: {}.
kk | Kazakh | қазақ тілі | Қазақ тілінде жауап бер. | Мына тілде жауап бер: {}.
sw | Swahili | Kiswahili | Jibu kwa Kiswahili. | Jibu kwa lugha hii: {}.
ka | Georgian | ქართული | უპასუხე ქართულად. | უპასუხე ამ ენაზე: {}.
uk | Ukrainian | українська | Відповідай українською мовою. | Відповідай цією мовою: {}.
fa | Persian | فارسی | به زبان فارسی پاسخ بده. | به این زبان پاسخ بده: {}.
th | Thai | ภาษาไทย | โปรดตอบเป็นภาษาไทย | โปรดตอบเป็นภาษานี้: {}
id | Indonesian | bahasa Indonesia | Jawab dalam bahasa Indonesia. | Jawab dalam bahasa ini: {}.
vi | Vietnamese | tiếng Việt | Hãy trả lời bằng tiếng Việt. | Hãy trả lời bằng ngôn ngữ này: {}.
cs | Czech | čeština | Odpověz česky. | Odpověz v tomto jazyce: {}.
ro | Romanian | română | Răspunde în limba română. | Răspunde în această limbă: {}.
"""
SENTENCES = {
    line.split(" | ")[0]: Sentences(*line.split(" | ")[1:]) for line in _TABLE.splitlines()
}


def instruction(mode: str, source: str, target: str) -> str:
    """The sentence that asks for an answer in ``target``; empty if none is wanted.

    Args:
        mode: One of ``MODES``: in which language the sentence is.
        source: The language of the question.
        target: The language of the answer.

    Raises:
        PublishError: There is no such mode, or no sentence for a language.

    >>> instruction("english", "de", "it"), instruction("target", "de", "it")
    ('Respond in Italian.', 'Rispondi in italiano.')
    >>> instruction("source", "it", "de"), instruction("source", "it", "it")
    ('Rispondi in questa lingua: Deutsch.', 'Rispondi in italiano.')
    """
    if mode not in MODES:
        raise PublishError(f"--mode {mode}: there is {', '.join(MODES)}")
    if mode == "none":
        return ""
    wanted = _known(target)
    if mode == "english":
        return f"Respond in {wanted.english}."
    if mode == "target" or source == target:
        return wanted.answer
    return _known(source).point.format(wanted.own)


def _known(lang: str) -> Sentences:
    if lang not in SENTENCES:
        hint = "leave it out with --languages, or take --mode none"
        raise PublishError(
            f"no sentence asks for answers in {lang!r}; there are {', '.join(SENTENCES)}; {hint}"
        )
    return SENTENCES[lang]
