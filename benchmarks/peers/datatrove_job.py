"""datatrove's local executor: ``python datatrove_job.py INPUT OUTPUT MODEL WORKERS``."""

import sys

import rules
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import ParquetWriter

folder, out, model_path, workers = sys.argv[1:]
loaded = []


def is_english(document):
    if not loaded:
        loaded.append(rules.load(model_path))
    return rules.is_english(loaded[0], document.text)


if __name__ == "__main__":
    LocalPipelineExecutor(
        pipeline=[
            JsonlReader(folder),
            LambdaFilter(is_english),
            LambdaFilter(lambda document: rules.is_prose(document.text)),
            ParquetWriter(out),
        ],
        tasks=8,
        workers=int(workers),
        logging_dir=f"{out}/logs",
    ).run()
