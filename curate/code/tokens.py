"""How many tokens a text has: lexical ones, or those of a language model's vocabulary.

Lexical tokens are names, numbers and single signs, and of strings and white space whatever of
these they hold: for the programs of ``sltrans_sources`` 804,536, where ``cl100k_base`` has 871,372.
Vocabularies come with the package ``bpe-openai``, which brings them along.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Literal

from curate.errors import EnvironmentError_

Vocabulary = Literal["lexical", "cl100k_base", "o200k_base"]
_LEXICAL = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+|\d++(?:\.\d++)?|[^\s\w]", re.ASCII)
INSTALL = "pip install bpe-openai"


def count_tokens(text: bytes, vocabulary: Vocabulary) -> int:
    """Tokens of a text.

    Example:
        >>> count_tokens(b"int main() { return 0; }", "lexical")
        9
    """
    if vocabulary == "lexical":
        return len(_LEXICAL.findall(text))
    return len(encoding(vocabulary).encode_ordinary(text.decode("utf-8", "replace")))


@functools.cache
def encoding(vocabulary: str) -> Any:
    """A vocabulary of ``bpe-openai``.

    Raises:
        EnvironmentError_: It is not installed.
    """
    try:
        import bpe_openai
    except ImportError:
        message = f"tokens of {vocabulary} need bpe-openai, which is not installed here"
        raise EnvironmentError_(f"{message}; run: {INSTALL}") from None
    return bpe_openai.get_encoding(vocabulary)
