"""Models of the real shape, small enough to work out by hand or to run in a moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

DNSMOS_WINDOW = 144_160
"""Samples that the published network hears at once."""


def write_dnsmos(folder: Path) -> Path:
    """Raw SIG, BAK, OVRL = 1, 2, 4 times the window's mean; names and shapes of the real network."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    gains = numpy_helper.from_array(np.array([[1, 2, 4]], np.float32), "gains")
    axes = numpy_helper.from_array(np.array([1], np.int64), "axes")
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["input_1", "axes"], ["mean"], keepdims=1),
            helper.make_node("MatMul", ["mean", "gains"], ["Identity:0"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("input_1", TensorProto.FLOAT, [None, DNSMOS_WINDOW])],
        [helper.make_tensor_value_info("Identity:0", TensorProto.FLOAT, [None, 3])],
        [gains, axes],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, folder / "sig_bak_ovr.onnx")
    return folder / "sig_bak_ovr.onnx"


def write_wav2vec2(folder: Path, labels: Sequence[str], logits: Sequence[float] = ()) -> Path:
    """A classifier with random weights, or with these logits whatever it hears."""
    import torch
    from transformers import (
        Wav2Vec2Config,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForSequenceClassification,
    )

    config = Wav2Vec2Config(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8),
        conv_kernel=(10, 3),
        conv_stride=(5, 2),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        classifier_proj_size=8,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )
    torch.manual_seed(3)
    model = Wav2Vec2ForSequenceClassification(config)
    if logits:
        with torch.no_grad():
            model.classifier.weight.zero_()
            model.classifier.bias.copy_(torch.tensor(logits))
    model.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=16_000).save_pretrained(folder)
    return folder


def write_bert(
    folder: Path, words: Sequence[str], labels: Sequence[str], problem_type: str | None = None
) -> Path:
    """A classifier of texts with random weights: one output for each label."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    special = {
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
    }
    vocabulary = {word: at for at, word in enumerate(dict.fromkeys([*special.values(), *words]))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=256, **special)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=256,
        initializer_range=0.5,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
        problem_type=problem_type,
    )
    torch.manual_seed(3)
    BertForSequenceClassification(config).save_pretrained(folder)
    wrapped.save_pretrained(folder)
    return folder
