"""dolma's taggers and mixer: ``python dolma_job.py INPUT OUTPUT MODEL WORKERS``.

dolma reads compressed files in ``documents``: ``text_peers`` writes them, not counted.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

TAGGER = """
import os, sys
sys.path.insert(0, os.environ["RULES"])
import rules
from dolma.core.data_types import DocResult, Span
from dolma.core.registry import TaggerRegistry
from dolma.core.taggers import BaseTagger

def mark(doc, found):
    span = Span(start=0, end=len(doc.text), type="kept", score=int(found))
    return DocResult(doc=doc, spans=[span])

@TaggerRegistry.add("english")
class English(BaseTagger):
    def __init__(self):
        self.model = rules.load(os.environ["LID_MODEL"])
    def predict(self, doc):
        return mark(doc, rules.is_english(self.model, doc.text))

@TaggerRegistry.add("prose")
class Prose(BaseTagger):
    def predict(self, doc):
        return mark(doc, rules.is_prose(doc.text))
"""

folder, out, model_path, workers = sys.argv[1:]
(Path(out) / "our_taggers.py").write_text(TAGGER)
tool = Path(sys.executable).parent / "dolma"
here = str(Path(__file__).resolve().parent)
settings = {"LID_MODEL": model_path, "RULES": here, "PYTHONPATH": out, "NLTK_DATA": out}


def dolma(*arguments: str) -> None:
    subprocess.run([tool, *arguments], check=True, env={**os.environ, **settings}, cwd=out)


documents = f"{out}/corpus/documents"
Path(documents).parent.mkdir()
os.symlink(Path(folder) / "documents", documents)
dolma(
    "tag", "--documents", f"{documents}/*.gz", "--experiment", "kept",
    "--taggers", "english", "prose", "--tagger_modules", "our_taggers", "--processes", workers,
)  # fmt: skip
stream = {
    "name": "kept",
    "documents": [f"{documents}/*.gz"],
    "attributes": ["kept"],
    "output": {"path": f"{out}/mixed", "max_size_in_bytes": 2**30},
    "filter": {
        "include": [
            "$.attributes[?(@.kept__english__kept[0][2] > 0 && @.kept__prose__kept[0][2] > 0)]"
        ],
        "exclude": [],
    },
}
(Path(out) / "mix.json").write_text(json.dumps({"streams": [stream], "processes": int(workers)}))
dolma("--config", f"{out}/mix.json", "mix")
