"""Data-Juicer's process tool: ``python data_juicer_job.py INPUT OUTPUT MODEL WORKERS``."""

import json
import os
import subprocess
import sys
from pathlib import Path

OPERATORS = """
import sys
sys.path.insert(0, {here!r})
import rules
from data_juicer.ops.base_op import OPERATORS, Filter
from data_juicer.utils.constant import Fields

MODELS = []

@OPERATORS.register_module("english_filter")
class EnglishFilter(Filter):
    _batched_op = True
    def compute_stats_batched(self, samples):
        if not MODELS:
            MODELS.append(rules.load({model!r}))
        for text, stats in zip(samples[self.text_key], samples[Fields.stats]):
            stats["english"] = rules.is_english(MODELS[0], text)
        return samples
    def process_batched(self, samples):
        return map(lambda stats: stats["english"], samples[Fields.stats])

@OPERATORS.register_module("prose_filter")
class ProseFilter(Filter):
    _batched_op = True
    def compute_stats_batched(self, samples):
        for text, stats in zip(samples[self.text_key], samples[Fields.stats]):
            stats["prose"] = rules.is_prose(text)
        return samples
    def process_batched(self, samples):
        return map(lambda stats: stats["prose"], samples[Fields.stats])
"""

folder, out, model_path, workers = sys.argv[1:]
here = str(Path(__file__).resolve().parent)
operators = Path(out) / "operators.py"
operators.write_text(OPERATORS.format(here=here, model=model_path))
config = {
    "project_name": "text",
    "dataset_path": folder,
    "export_path": f"{out}/kept.parquet",
    "export_type": "parquet",
    "np": int(workers),
    "use_cache": False,
    "open_tracer": False,
    "work_dir": f"{out}/work",
    "skip_op_error": False,
    "keep_stats_in_res_ds": False,
    "custom_operator_paths": [str(operators)],
    "process": [{"english_filter": {"batch_size": 1000}}, {"prose_filter": {"batch_size": 1000}}],
}
(Path(out) / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
tool = Path(sys.executable).parent / "dj-process"
cache = {"HF_HOME": f"{out}/cache", "HF_DATASETS_OFFLINE": "1"}
subprocess.run(
    [tool, "--config", f"{out}/config.yaml"], check=True, env={**os.environ, **cache}, cwd=out
)
