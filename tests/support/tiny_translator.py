"""An encoder-decoder of the real kind that has learned eight sentences by heart in two seconds."""

from __future__ import annotations

from pathlib import Path

PAIRS = (
    ("금리가 3% 올랐다.", "Rates rose 3%."),
    ("매출이 5% 줄었다.", "Sales fell 5%."),
    ("수출이 크게 늘었다.", "Exports grew a lot."),
    ("LG가 채권을 팔았다.", "LG sold its bonds."),
    ("은행이 금리를 내렸다.", "The bank cut rates."),
    ("주가가 7% 올랐다.", "Shares rose 7%."),
    ("환율이 내렸다.", "The won gained."),
    ("물가가 2% 올랐다.", "Prices rose 2%."),
)


def write_translator(folder: Path) -> Path:
    """A T5 of two layers over the words of ``PAIRS``, trained until it knows them."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    letters = sorted({letter for pair in PAIRS for text in pair for letter in text})
    vocabulary = {one: at for at, one in enumerate(["<pad>", "</s>", "<unk>", *letters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer.decoder = decoders.Fuse()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=128,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
    )
    config = T5Config(
        vocab_size=len(vocabulary),
        d_model=64,
        d_kv=16,
        d_ff=128,
        num_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        decoder_start_token_id=0,
    )
    torch.manual_seed(3)
    model = T5ForConditionalGeneration(config)
    sides = [
        wrapped(list(side), padding=True, return_tensors="pt") for side in zip(*PAIRS, strict=True)
    ]
    labels = sides[1].input_ids.masked_fill(sides[1].input_ids == 0, -100)
    optimizer = torch.optim.AdamW(model.parameters(), 4e-3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on a busy machine several wait for each other, for minutes
    for _ in range(100):
        loss = model(**sides[0], labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.set_num_threads(threads)
    model.save_pretrained(folder)
    wrapped.save_pretrained(folder)
    return folder
