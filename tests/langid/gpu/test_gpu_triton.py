"""The Triton kernels: interpreted on the CPU against golden answers, and compiled for cards."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.lid_models import MODELS
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile

INTERPRETED = r"""
import gzip, json, sys
from pathlib import Path
import numpy as np, pyarrow as pa
from curate.langid.gpu.predict import first_look
from curate.langid.predict import load

folder, found = Path(sys.argv[1]), {}
with gzip.open(folder / "fixtures" / "golden.jsonl.gz", "rt", encoding="utf-8") as file:
    lines = [json.loads(line) for line in file]
golden = lines[:24] + lines[25::20]
texts = pa.array([line["text"] for line in golden])
for name in sys.argv[2:]:
    path = folder / name if (folder / name).exists() else folder / "fixtures" / name
    model = load(path)
    ours = first_look(model, texts, 3, 0.0, "cpu", "triton")
    wrong, gap = 0, 0.0
    for at, line in enumerate(golden):
        answer = line[name]["k3"]
        labels = [model.labels[one] for one in ours.labels[at][: ours.counts[at]]]
        if ours.doubt[at]:
            continue
        if labels == [label for label, _ in answer]:
            gaps = [abs(p - q) for p, (_, q) in zip(ours.probs[at], answer)]
            gap = max(gap, *gaps, 0.0)
        else:
            wrong += 1
    found[name] = [wrong, float(gap), float(ours.doubt.mean())]
print(json.dumps(found))
"""


def test_interpreted_kernels_give_golden_answers_for_every_model(data_dir: Path) -> None:
    command = [sys.executable, "-c", INTERPRETED, str(data_dir / "lid"), *MODELS]
    environment = {**os.environ, "TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[float]] = json.loads(done.stdout)
    assert {name: wrong for name, (wrong, _, _) in found.items()} == dict.fromkeys(MODELS, 0)
    assert max(gap for _, gap, _ in found.values()) < 1e-6
    assert max(doubt for name, (_, _, doubt) in found.items() if "ova" not in name) < 0.25


def compiled(
    name: str, kinds: dict[str, str], constants: dict[str, Any], card: int = 80, **options: Any
) -> str:
    """PTX of a kernel, by default for an A100; the assembler of CUDA takes it, or this raises."""
    from curate.langid.gpu import triton_kernels

    kernel = getattr(triton_kernels, name)
    signature = {one: kinds.get(one, "constexpr") for one in kernel.arg_names}
    values = {(kernel.arg_names.index(one),): value for one, value in constants.items()}
    source = ASTSource(kernel, signature, constexprs=values)
    built = compile(source, target=GPUTarget("cuda", card, 32), options=options)
    assert built.asm["cubin"]
    return str(built.asm["ptx"])


@pytest.mark.parametrize("card", [80, 90])
def test_products_and_sums_are_not_fused_on_a_card(card: int) -> None:
    kinds = {"means": "*fp32", "weights": "*fp32", "out": "*fp32", "texts": "i32", "labels": "i32"}
    sizes = {"DIM": 16, "TEXTS": 64, "LABELS": 64}
    ptx = compiled("multiply", kinds, sizes, card, enable_fp_fusion=False)
    assert "fma" not in ptx
    assert len(re.findall(r"mul\.rn\.f32", ptx)) == len(re.findall(r"add\.rn\.f32", ptx)) > 0


@pytest.mark.parametrize("pruned", [True, False])
@pytest.mark.parametrize(("minn", "maxn"), [(1, 4), (2, 5), (1, 0)])
def test_the_kernel_of_subwords_compiles_for_a_card(minn: int, maxn: int, pruned: bool) -> None:
    longs = dict.fromkeys(("word_of", "starts", "ends", "numbers"), "*i64")
    buckets = {"buckets": "*i32" if pruned else "*i64"}
    kinds = {"text": "*u8", **longs, **buckets, "out": "*i32", "count": "i32", "nwords": "i32"}
    left = max(0, maxn - max(minn, 2) + 1)
    sizes = {"MINN": minn, "MAXN": maxn, "LEFT": left, "SLOTS": 1 + left + max(0, maxn - minn + 1)}
    constants = {**sizes, "BUCKET": 2_000_000, "PRUNED": pruned, "BLOCK": 256}
    assert "subwords" in compiled("subwords", kinds, constants)


def test_the_kernels_of_words_and_sums_compile_for_a_card() -> None:
    longs = dict.fromkeys(("starts", "ends", "word_starts", "numbers"), "*i64")
    ints = dict.fromkeys(("slots", "hashes", "word_lengths", "hashed_words"), "*i32")
    kinds = {"text": "*u8", "letters": "*u8", **longs, **ints, "count": "i32", "mask": "i32"}
    assert "probe" in compiled("probe", kinds, {"BLOCK": 128})
    sums = {"powers": "*fp32", "out": "*fp32", "texts": "i32"}
    assert "add_columns" in compiled("add_columns", sums, {"LABELS": 176, "BLOCK": 128})
