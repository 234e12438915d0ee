"""Questions to language models: asked once, paid once, and kept.

``Client`` (``client.py``) is what callers use. The prose is ``docs/llm.md``.
"""
