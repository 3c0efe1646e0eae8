"""Tokenizers and text encoders, built without any download."""

import string
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    GemmaTokenizer,
    LlamaConfig,
    LlamaModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
    UMT5Config,
    UMT5EncoderModel,
)

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


def clip() -> dict[str, Any]:
    """Tokenizer and text encoder as Stable Diffusion has them, both spelling."""
    specials = ["<|startoftext|>", "<|endoftext|>"]
    words = [*string.printable.strip(), *(f"{one}</w>" for one in string.printable.strip())]
    vocab = {token: index for index, token in enumerate([*specials, *words])}
    config = CLIPTextConfig(
        vocab_size=len(vocab),
        hidden_size=TEXT_DIM,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return {
        "tokenizer": CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77),
        "text_encoder": CLIPTextModel(config).eval(),
    }


def llama() -> dict[str, Any]:
    """Tokenizer and text model; words are told apart by length alone, which is enough here."""
    pieces = ["<pad>", "<unk>", *string.ascii_letters, *string.digits, *string.punctuation]
    tokenizer = Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    config = LlamaConfig(
        vocab_size=len(pieces),
        hidden_size=TEXT_DIM,
        intermediate_size=37,
        num_hidden_layers=4,
        num_attention_heads=4,
        pad_token_id=0,
    )
    return {
        "tokenizer": PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>"
        ),
        "text_encoder": LlamaModel(config).eval(),
    }


def gemma() -> dict[str, Any]:
    """Tokenizer, spelling, and Gemma 3 as LTX-2 has them; it could see pictures, too."""
    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    vocab = {
        token: index for index, token in enumerate([*specials, "▁", *string.printable.strip()])
    }
    config = Gemma3Config(
        text_config={
            "vocab_size": len(vocab),
            "hidden_size": TEXT_DIM,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 8,
        },
        vision_config={
            "hidden_size": 8,
            "intermediate_size": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 28,
            "patch_size": 14,
        },
        mm_tokens_per_image=1,
    )
    return {
        "tokenizer": GemmaTokenizer(vocab=vocab, merges=[], model_max_length=32),
        "text_encoder": Gemma3ForConditionalGeneration(config).eval(),
    }
