"""OpusFilter: ``python opusfilter_job.py INPUT OUTPUT MODEL WORKERS``; INPUT has ``lines.txt``.

OpusFilter knows lines, not documents: ``text_peers`` writes each as its id, a tab, and the text
with line separators for its line feeds, beforehand and not counted.
"""

import os
import sys
from pathlib import Path

import rules
from opusfilter import CLEAN_TRUE, FilterABC
from opusfilter.opusfilter import OpusFilter

sys.path.insert(0, str(Path(__file__).parent))


class Line(FilterABC):
    """A filter of the text behind the tab."""

    score_direction = CLEAN_TRUE

    def score(self, pairs):
        """One judgement a line."""
        for (line,) in pairs:
            yield self.judge(line.partition("\t")[2].replace("\u2028", "\n"))

    def accept(self, score):
        """The judgement itself."""
        return score


class English(Line):
    """By fastText."""

    model = None

    def judge(self, text):
        """English or not."""
        if self.model is None:
            self.model = rules.load(os.environ["LID_MODEL"])
        return rules.is_english(self.model, text)


class Prose(Line):
    """By Gopher's rules."""

    def judge(self, text):
        """Prose or not."""
        return rules.is_prose(text)


if __name__ == "__main__":
    folder, out, os.environ["LID_MODEL"], workers = sys.argv[1:]
    judges = [
        {"English": {}, "module": "opusfilter_job"},
        {"Prose": {}, "module": "opusfilter_job"},
    ]
    step = {"inputs": [f"{folder}/lines.txt"], "outputs": [f"{out}/kept.txt"], "filters": judges}
    settings = {"output_directory": out, "default_n_jobs": int(workers)}
    OpusFilter(
        {"common": settings, "steps": [{"type": "filter", "parameters": step}]}
    ).execute_steps()
