"""A loop over lines, without any framework: ``python plain_job.py INPUT OUTPUT MODEL WORKERS``."""

import json
import multiprocessing
import sys
from pathlib import Path

import rules

folder, out, model_path, workers = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
model = rules.load(model_path)


def work(path: Path) -> None:
    with path.open(encoding="utf-8") as lines, (out / path.name).open("w") as kept:
        for line in lines:
            text = json.loads(line)["text"]
            if rules.is_english(model, text) and rules.is_prose(text):
                kept.write(line)


if __name__ == "__main__":
    with multiprocessing.Pool(int(workers)) as pool:
        pool.map(work, sorted(folder.glob("*.jsonl")), chunksize=1)
