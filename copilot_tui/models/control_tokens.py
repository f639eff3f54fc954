"""Keeping texts from being taken for control tokens.

A file may hold ``<|im_end|>``. In a prompt a tokenizer turns that into the token that ends a message,
and what follows would be read as somebody else's words. So each such text is broken with an invisible
character: the model still sees what stands there, but as plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD_JOINER = "\u2060"


class ControlTokenFilter:
    """Breaks the given texts wherever they stand. Texts of one character are left alone."""

    def __init__(self, control_tokens: Iterable[str]) -> None:
        texts = sorted({text for text in control_tokens if len(text) > 1}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, texts))) if texts else None

    def harmless(self, text: str) -> str:
        """``text`` with every control token broken behind its first character."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: match[0][0] + _WORD_JOINER + match[0][1:], text)


COMMON_CONTROL_TOKENS = (
    *("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|end|>", "<|eot_id|>", "<|begin_of_text|>"),
    *("<|start_header_id|>", "<|end_header_id|>", "<|system|>", "<|user|>", "<|assistant|>", "<|start|>"),
    *("<|message|>", "<|channel|>", "<|return|>", "<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
    *("<start_of_turn>", "<end_of_turn>", "<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"),
    *("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"),
)
"""Of the usual chat templates, for servers that do not tell what their model's are."""
