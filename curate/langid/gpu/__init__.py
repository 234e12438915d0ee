"""fastText models on a GPU: the labels of the CPU path, by torch and, on a card, Triton kernels.

``predict.predict_on`` is the way in; ``curate.langid.predict`` calls it for ``device="cuda"``. The
modules here import torch inside their functions: the CPU path never loads it.
"""
