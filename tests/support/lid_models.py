"""fastText models of every kind that have golden answers."""

MODELS = (
    "lid.176.ftz",
    "lid_small_ref.ftz",
    "hs.bin",
    "hs.ftz",
    "hs493_qout.ftz",
    "ova_w2.bin",
    "ova_w2.ftz",
    "softmax.bin",
    "softmax.ftz",
    "words_w2.bin",
)
