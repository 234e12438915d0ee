"""Prompts of the benchmark: every question of every language, asked for an answer in every one.

32 languages, 70 questions and four ways of asking make 286,720 prompts of a table of 2,240 cells:
they are made one by one as they are read, and written down only where someone asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from curate.questions.instructions import instruction
from curate.questions.sheet import Sheet


class Prompt(NamedTuple):
    """What a model is asked.

    Attributes:
        source: Language of the question.
        target: Language that the answer should be in.
        question_id: Which question.
        mode: How the answer's language is asked for.
        question: The question.
        instruction: The sentence that asks for the language; empty for none.
        prompt: Both, a space between them.
    """

    source: str
    target: str
    question_id: str
    mode: str
    question: str
    instruction: str
    prompt: str


def prompts(
    sheet: Sheet, mode: str, sources: Sequence[str] = (), targets: Sequence[str] = ()
) -> Iterator[Prompt]:
    """Prompts one by one, by source, target and question; the same order every time.

    Args:
        sheet: The questions. A cell without text gives no prompt.
        mode: How the answer's language is asked for.
        sources: Languages of questions; those of the sheet if empty.
        targets: Languages of answers; likewise.

    Raises:
        PublishError: There is no sentence for one of the languages.

    >>> sheet = Sheet(["1"], {"en": ["Who?"], "it": ["Chi?"]})
    >>> [one.prompt for one in prompts(sheet, "target")][:2]
    ['Who? Respond in English.', 'Who? Rispondi in italiano.']
    """
    sources = list(sources or sheet.cells)
    targets = list(targets or sheet.cells)
    said = {(one, two): instruction(mode, one, two) for one in sources for two in targets}
    for (source, target), sentence in said.items():
        for name, text in zip(sheet.questions, sheet.cells[source], strict=True):
            if text and text.strip():
                prompt = f"{text} {sentence}" if sentence else text
                yield Prompt(source, target, name, mode, text, sentence, prompt)
