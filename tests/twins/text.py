"""Tokenizers and text encoders, built without any download."""

import string
from typing import Any

from transformers import T5Config, T5EncoderModel, T5Tokenizer, UMT5Config, UMT5EncoderModel

TEXT_DIM = 32


def t5(kind: str = "UMT5") -> dict[str, Any]:
    """Tokenizer and encoder; `kind` is T5 or UMT5."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(c, -3.0) for c in string.ascii_letters + string.digits + string.punctuation]
    sizes = {"vocab_size": 128, "d_model": TEXT_DIM, "d_kv": 8, "d_ff": 37}
    sizes |= {"num_layers": 2, "num_heads": 4}
    encoder = (
        T5EncoderModel(T5Config(**sizes)) if kind == "T5" else UMT5EncoderModel(UMT5Config(**sizes))
    )
    return {
        "tokenizer": T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=32),
        "text_encoder": encoder.eval(),
    }
