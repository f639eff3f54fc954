"""Tiny checkpoints of real families: the families' own configuration classes, random weights, a small
tokenizer with the control tokens that the family has. They are loaded as any checkpoint is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

TEXT = (
    "int add(int left, int right)\n{\n    return left + right;\n}\n",
    "def add(left, right):\n    return left + right\n",
    "Write the complete function. Answer with one code block. You are careful.\n```c\n```\n",
    '{"name": "Ada", "year": 1843}\n### Instruction: ### Response: Question: Answer: # system user\n',
)
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THINKING = CHATML.replace(
    "<|im_start|>assistant\n{% endif %}",
    "<|im_start|>assistant\n{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}",
)
NO_SYSTEM = (
    "{% for message in messages %}{% if message.role == 'system' %}{{ raise_exception('no system role') }}"
    "{% endif %}<s>[INST] {{ message.content }} [/INST]{% endfor %}"
)
LLAMA = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512,
}  # fmt: skip
GPT = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512, "n_inner": 64}


@dataclass(frozen=True)
class Family:
    """One checkpoint to build. ``expected`` is what its prompt for (system S, user U) must hold."""

    name: str
    config: str
    expected: str
    options: dict[str, Any] = field(default_factory=dict)
    template: str = ""
    special: tuple[str, ...] = ("</s>",)
    fills: str = ""


FIM = ("<fim_prefix>", "<fim_middle>", "<fim_suffix>")
FAMILIES = (
    Family("codegen-350M-mono", "CodeGenConfig", "# S\n#\n# U\n\n", {**GPT, "rotary_dim": 4}),
    Family("codegen-2B-multi", "CodeGenConfig", "S\n\nU\n\n# Answer\n\n", {**GPT, "rotary_dim": 4}),
    Family(
        "starcoderbase", "GPTBigCodeConfig", "S\n\nU\n\n# Answer\n\n", GPT, special=("<|endoftext|>", *FIM),
        fills="<fim_prefix>A<fim_suffix>B<fim_middle>",
    ),
    Family("Llama-2-7b-chat-hf", "LlamaConfig", "[INST] <<SYS>>\nS\n<</SYS>>\n\nU [/INST] ", LLAMA),
    Family("Mistral-7B-v0.1", "MistralConfig", "S\n\nU\n\n# Answer\n\n", {**LLAMA, "sliding_window": 16}),
    Family("Mistral-7B-Instruct", "MistralConfig", "[INST] S\n\nU [/INST]", LLAMA, NO_SYSTEM, ("<s>", "</s>")),
    Family(
        "CodeLlama-7b-hf", "LlamaConfig", "S\n\nU\n\n# Answer\n\n", LLAMA,
        special=("</s>", "▁<PRE>", "▁<SUF>", "▁<MID>"), fills="▁<PRE>A▁<SUF>B▁<MID>",
    ),
    Family("WizardCoder-15B", "GPTBigCodeConfig", "S\n\n### Instruction:\nU\n\n### Response:\n", GPT),
    Family(
        "Qwen2.5-Coder-0.5B-Instruct", "Qwen2Config",
        "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n", LLAMA, CHATML,
        ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
        fills="<|fim_prefix|>A<|fim_suffix|>B<|fim_middle|>",
    ),
    Family(
        "Qwen3-0.6B", "Qwen3Config", "assistant\n<think>\n\n</think>\n\n", {**LLAMA, "head_dim": 8}, THINKING,
        ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    ),
    Family("SmolLM2-135M-Instruct", "LlamaConfig", "user\nU<|im_end|>\n", LLAMA, CHATML, ("<|im_start|>", "<|im_end|>")),
    Family("granite-3b-code-instruct", "GraniteConfig", "System:\nS\n\nQuestion:\nU\n\nAnswer:\n", LLAMA),
    Family(
        "deepseek-coder-1.3b-instruct", "LlamaConfig", "S\n\n### Instruction:\nU\n\n### Response:\n", LLAMA,
        special=("<｜end▁of▁sentence｜>", "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
        fills="<｜fim▁begin｜>A<｜fim▁hole｜>B<｜fim▁end｜>",
    ),
)  # fmt: skip


def tiny_tokenizer(special: tuple[str, ...]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=special[0])


def write_checkpoint(family: Family, directory: Path) -> Path:
    """The family's checkpoint in a directory of its name."""
    tokenizer = tiny_tokenizer(family.special)
    if family.template:
        tokenizer.chat_template = family.template
    config = getattr(transformers, family.config)(
        vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id, bos_token_id=None, **family.options
    )
    torch.manual_seed(7)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(6)  # freshly made ones give nearly the same probability to all tokens
    target = directory / family.name
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target
