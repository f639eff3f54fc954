"""The Engine protocol: one loaded model that turns messages into a stream of text.

Engines differ in library and device, not in behaviour. The contract, tested for each engine:

* ``generate`` yields :class:`TextChunk` values and, last, exactly one :class:`Usage`. It never blocks
  the event loop; the engine owns the thread that generates and checks the cancel token at every
  token, so a stop takes at most 200 ms. A cancelled generation raises ``Cancelled``.
* A request for several samples, or for log-probabilities, also yields one :class:`SampleFinished` for
  each sample, after its last chunk. The samples are computed side by side and their chunks come mixed;
  the prompt is computed once. A request for neither yields chunks and the usage alone.
* The same requests in the same order, from a freshly loaded engine, give the same texts on the same
  machine; temperature 0 does not depend on the seed. (One request alone may come out differently after
  different ones: what is computed in one batch, and what is in the cache by then, moves the last bits.)
* ``max_tokens`` caps new tokens only. A prompt that does not fit raises ``ContextOverflowError``
  before anything is computed; nothing is ever truncated in silence.
* The longest common prefix with an earlier prompt is taken from the KV cache.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What to generate.

    A last message with the role ``assistant`` is the beginning of the reply: the model goes on from
    it, and it is not part of the streamed text. ``json_schema`` constrains the reply to that schema.
    ``max_tokens`` is for each of the ``samples``, and so is the seed: each sample has its own, drawn
    from it. With a ``suffix`` the messages' text is taken as it is, without a chat template, and the
    reply is what stands between it and the suffix; only where ``EngineInformation.fills_in`` says so.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    json_schema: Mapping[str, Any] | None = None
    samples: int = 1
    log_probabilities: bool = False
    suffix: str | None = None

    @property
    def reports_samples(self) -> bool:
        """Whether the stream holds a :class:`SampleFinished` for each sample."""
        return self.samples > 1 or self.log_probabilities


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A piece of a reply, as soon as it exists. ``sample`` counts from 0."""

    text: str
    sample: int = 0


@dataclass(frozen=True, slots=True)
class SampleFinished:
    """One sample is complete.

    ``log_probability`` is the natural logarithm of the probability that the model, undisturbed by
    temperature and schema, gives to the tokens of the reply, all of them together; None when it was
    not asked for.
    """

    sample: int
    new_tokens: int
    finish_reason: str
    log_probability: float | None = None

    @property
    def mean_log_probability(self) -> float | None:
        """Per token, so that replies of different length can be compared."""
        if self.log_probability is None or not self.new_tokens:
            return self.log_probability
        return self.log_probability / self.new_tokens


StreamPart: TypeAlias = TextChunk | SampleFinished | Usage
"""The usage is of the whole request: the prompt once, the new tokens of all samples. Its finish reason
is ``length`` when any sample was cut off, else ``stop``."""


@dataclass(frozen=True, slots=True)
class EngineInformation:
    """What a frontend shows about a loaded engine. ``window`` is the true window in tokens.

    ``fills_in`` tells whether a request may have a suffix. ``choice``, where an engine has one, tells of the
    newest request what was chosen for it and why.
    """

    engine: str
    model: str
    device: str
    window: int
    fills_in: bool = False
    choice: str = ""


@runtime_checkable
class Engine(Protocol):
    @property
    def information(self) -> EngineInformation: ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt that these messages make, chat template included.

        Exact where the engine can tell; never less than the truth.
        """
        ...

    def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]: ...

    def close(self) -> None:
        """Free the model. The engine cannot be used afterwards."""
        ...


class ModelProvider(Protocol):
    """What a session needs of the model loader: the engine of a role, loaded on first use.

    With ``model`` that model takes the place of the role's own.
    ``notices`` grows by what a person should be told once, such as that no GPU was found.
    """

    @property
    def notices(self) -> Sequence[str]: ...

    async def engine(self, role: Literal["codegen", "llm"], model: str = "") -> Engine: ...
