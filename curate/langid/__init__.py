"""Language identification and text classification with fastText models, without the C++ library.

``predict.load`` reads a ``.bin`` or ``.ftz`` file, ``predict.predict`` labels an Arrow column with
the labels and probabilities of the C++ library, bit for bit.
"""
