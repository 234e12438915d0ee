"""Maltese: spelling, transliteration into Arabic letters, and the origin of words."""
