"""fastText in C++, the rules in C, Arrow for the rest: ``python ceiling_job.py IN OUT MODEL N``."""

import ctypes
import multiprocessing
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
import rules

folder, out, model_path, workers = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
library = out / "ceiling.so"
source = Path(__file__).with_suffix("").with_name("ceiling.c")


def work(path: Path) -> None:
    pa.set_cpu_count(1)
    model, judge = rules.load(model_path), ctypes.CDLL(str(library)).judge
    schema = pa.schema([("id", pa.string()), ("text", pa.large_string())])
    options = pyarrow.json.ParseOptions(explicit_schema=schema)
    reading = pyarrow.json.ReadOptions(use_threads=False)
    table = pyarrow.json.read_json(path, reading, options).combine_chunks()
    english = [rules.is_english(model, text) for text in table["text"].to_pylist()]
    table = table.filter(pa.array(english)).combine_chunks()
    texts = table["text"].chunk(0)
    _, offsets, data = texts.buffers()
    kept = np.zeros(len(texts), np.uint8)
    start = offsets.address + 8 * texts.offset
    judge(
        *map(ctypes.c_void_p, (data.address, start)), len(texts), ctypes.c_void_p(kept.ctypes.data)
    )
    pq.write_table(table.filter(pa.array(kept.astype(bool))), out / f"{path.stem}.parquet")


if __name__ == "__main__":
    subprocess.run(
        ["cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True
    )
    with multiprocessing.Pool(int(workers)) as pool:
        pool.map(work, sorted(folder.glob("*.jsonl")), chunksize=1)
