"""Translations: made by a local model, and checked against what they translate."""
