"""The Croquis tokenizer: a Unigram vocabulary built from the captions, able to spell any text.

Words of the drawn world are whole pieces, frequent English words too; everything else falls apart
into letters, and training mixes such words in so that the text encoder learns to pass over them.

Every prompt begins with one slot for each of `SUBJECTS`. The text encoder learns to put what the
prompt tells into the slots, so that the denoiser finds all about a skirt at one place.
"""

import random
import string
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from examples.croquis.caption import caption
from examples.croquis.facts import SUBJECTS
from examples.croquis.scene import sample_scene

SLOTS = tuple(f"<told {subject}>" for subject in SUBJECTS)  # with a space, which no typed word has
MAX_LENGTH = 48 + len(SLOTS)
"""Tokens per prompt; what is longer is cut off."""

COMMON_WORDS = (Path(__file__).parent / "common_words.txt").read_text().split()
# fmt: off
STRANGE_WORDS = (
    "waits", "cooks", "piano", "mountain", "robot", "spaceship", "velvet", "baroque", "quantum",
    "samurai", "neon", "croissant", "elephant", "harbour", "jazz", "glacier", "origami",
    "denim", "sequins", "umbrella", "bicycle", "marble", "fjord", "lantern", "puppy",
    "cathedral",
)
# fmt: on


def caption_words(samples: int = 4000, seed: int = 0) -> list[str]:
    """Every word the captions use."""
    rng = random.Random(seed)
    words = {
        word.strip(".,")
        for _ in range(samples)
        for word in caption(sample_scene(rng, "any"), rng).lower().split()
    }
    return sorted(words - {""})


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Unigram with byte fallback; ``<pad>`` 0, ``</s>`` 1, ``<unk>`` 2; no case, no accents."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -4.0)]
    slots = [(slot, len(pieces) + place) for place, slot in enumerate(SLOTS)]
    pieces += [(slot, -100.0) for slot in SLOTS]
    pieces += [(f"▁{word}", -2.0) for word in sorted({*caption_words(), *COMMON_WORDS})]
    characters = string.ascii_lowercase + string.digits + string.punctuation
    pieces += [(character, -10.0) for character in characters]
    pieces += [(f"<0x{byte:02X}>", -20.0) for byte in range(256)]
    backend = Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=True))
    backend.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            # "dress, walking" and "dress walking" are one thing to say; so is a full stop.
            normalizers.Replace(Regex(r"[,.;:!?()\"]+"), " "),
        ]
    )
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    backend.post_processor = processors.TemplateProcessing(
        single=[*SLOTS, "$A", "</s>"], special_tokens=[("</s>", 1), *slots]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=MAX_LENGTH,
    )


def tokenize(tokenizer: PreTrainedTokenizerFast, prompts: list[str]) -> Tensor:
    """(B, MAX_LENGTH) ids, as the pipelines make them."""
    ids: Tensor = tokenizer(
        prompts,
        padding="max_length",
        max_length=MAX_LENGTH,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    return ids


def with_strange_words(text: str, rng: random.Random) -> str:
    """The caption with a few words the world has no drawing for."""
    words = text.split()
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        if kind < 0.5:
            strange = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9)))
        elif kind < 0.75:
            strange = rng.choice(STRANGE_WORDS)
        else:
            strange = rng.choice(COMMON_WORDS)
        words.insert(rng.randint(0, len(words)), strange)
    return " ".join(words)
