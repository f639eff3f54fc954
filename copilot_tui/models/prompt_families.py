"""How messages become the text of a prompt, for each family of checkpoints.

A checkpoint that brings a chat template knows best. For the others the form in which the family was
trained is written here: an instruction format for those that were tuned to follow one, and for base
models a text that a reply may follow. Families differ too in their tokens for filling in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from copilot_tui.models.engine import Message

PromptWriter = Callable[[str, str, str], str]
"""From the system text, the user's text and the reply's beginning to the text of a prompt."""


def completion(system: str, user: str, beginning: str) -> str:
    """For base models: a document in which the answer comes next."""
    return "\n\n".join(part for part in (system, user, "# Answer") if part) + "\n\n" + beginning


def python_comment(system: str, user: str, beginning: str) -> str:
    """For models that know Python only: the request as comment lines, the code after it."""
    lines = "\n\n".join(part for part in (system, user) if part).split("\n")
    return "\n".join(f"# {line}".rstrip() for line in lines) + "\n\n" + _without_fence(beginning)


def llama_chat(system: str, user: str, beginning: str) -> str:
    """Llama-2-chat, Code Llama Instruct, Mistral Instruct."""
    inner = f"<<SYS>>\n{system}\n<</SYS>>\n\n{user}" if system else user
    return f"[INST] {inner.strip()} [/INST] {beginning}"


def instruction(system: str, user: str, beginning: str) -> str:
    """WizardCoder, DeepSeek-Coder Instruct and other children of Alpaca."""
    introduction = system or (
        "Below is an instruction that describes a task. Write a response that appropriately completes the "
        "request."
    )
    return f"{introduction}\n\n### Instruction:\n{user}\n\n### Response:\n{beginning}"


def granite(system: str, user: str, beginning: str) -> str:
    """Granite code models, Instruct."""
    head = f"System:\n{system}\n\n" if system else ""
    return f"{head}Question:\n{user}\n\nAnswer:\n{beginning}"


def _without_fence(beginning: str) -> str:
    return beginning.split("\n", 1)[-1] if beginning.startswith("```") else beginning


@dataclass(frozen=True, slots=True)
class FillingTokens:
    """The control tokens around the two sides of a gap."""

    prefix: str
    suffix: str
    middle: str

    def prompt(self, before: str, after: str) -> str:
        """The prefix first, then the suffix: the order that all of these families were trained with."""
        return f"{self.prefix}{before}{self.suffix}{after}{self.middle}"


_FILLING = (
    FillingTokens("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),  # StarCoder, Granite
    FillingTokens("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),  # Qwen2.5-Coder
    FillingTokens("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),  # DeepSeek-Coder
    FillingTokens("▁<PRE>", "▁<SUF>", "▁<MID>"),  # Code Llama 7B and 13B
)


def filling_tokens(vocabulary: Mapping[str, int]) -> FillingTokens | None:
    """The tokens that ``vocabulary`` has for filling in the middle, if it has any."""
    for tokens in _FILLING:
        if {tokens.prefix, tokens.suffix, tokens.middle} <= vocabulary.keys():
            return tokens
    return None


_TUNED = ("instruct", "chat", "-it", "wizard")


def writer_for(model_type: str, name: str) -> PromptWriter:
    """How to write to a checkpoint without a chat template. ``name`` is its repository or directory."""
    lower = name.lower()
    if model_type == "codegen" and "mono" in lower:
        return python_comment
    if "wizard" in lower:
        return instruction
    if not any(word in lower for word in _TUNED):
        return completion
    if "granite" in lower or model_type == "granite":
        return granite
    if "deepseek" in lower:
        return instruction
    return llama_chat if model_type in {"llama", "mistral"} else instruction


_STOPS: Mapping[PromptWriter, tuple[str, ...]] = {
    # The fence is not part of their prompt, so its end never comes.
    python_comment: ("\n\n\n\n", "\nif __name__", "\nprint(", "\n>>>"),
    completion: ("\n# Answer", "\n# Question"),
}


def stops_of(writer: PromptWriter) -> tuple[str, ...]:
    """Texts that end a reply of a base model, which was never taught to end one by itself."""
    return _STOPS.get(writer, ())


def parts_of(messages: Sequence[Message]) -> tuple[str, str, str]:
    """System text, the conversation so far, and the beginning of the reply."""
    beginning = messages[-1].content if messages and messages[-1].role == "assistant" else ""
    before = messages[:-1] if beginning else messages
    system = "\n\n".join(message.content for message in before if message.role == "system")
    user = "\n\n".join(message.content for message in before if message.role != "system")
    return system, user, beginning
