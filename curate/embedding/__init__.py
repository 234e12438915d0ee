"""Texts as vectors, the nearest of them, and which of these are honest negatives."""
