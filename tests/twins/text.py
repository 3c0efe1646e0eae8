"""Tokenizers and text encoders, built without any download."""

import string
from typing import Any

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    CLIPVisionConfig,
    Gemma2Config,
    Gemma2Model,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    GemmaTokenizer,
    LlamaConfig,
    LlamaModel,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
    Qwen2_5_VLTextConfig,
    Qwen2_5_VLTextModel,
    Qwen2Tokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
    UMT5Config,
    UMT5EncoderModel,
)

TEXT_DIM = 32
CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


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
    vocab = _gemma_vocab()
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


def gemma2() -> dict[str, Any]:
    """Tokenizer, spelling, and Gemma 2 without its head."""
    vocab = _gemma_vocab()
    config = Gemma2Config(
        vocab_size=len(vocab),
        hidden_size=TEXT_DIM,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
    )
    return {
        "tokenizer": GemmaTokenizer(vocab=vocab, merges=[]),
        "text_encoder": Gemma2Model(config).eval(),
    }


def _gemma_vocab() -> dict[str, int]:
    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    return {token: index for index, token in enumerate([*specials, "▁", *string.printable.strip()])}


def llava() -> dict[str, Any]:
    """Llama that also looks at a picture of 48 x 48 pixels, 576 tokens as in the real one."""
    specials = ["<pad>", "<unk>", "<|begin_of_text|>", "<image>", "<|eot_id|>"]
    specials += ["<|start_header_id|>", "<|end_header_id|>"]
    vocab = {piece: index for index, piece in enumerate([*specials, "\n\n", *string.printable])}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(r"\n\n|\w+|[^\w\s]"), behavior="removed", invert=True
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 2)]
    )
    text = LlamaConfig(
        vocab_size=len(vocab),
        hidden_size=TEXT_DIM,
        intermediate_size=37,
        num_hidden_layers=4,
        num_attention_heads=4,
        pad_token_id=0,
    )
    vision = CLIPVisionConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=48,
        patch_size=2,
    )
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=3, pad_token_id=0
    )
    return {
        "tokenizer": PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            pad_token="<pad>",
            unk_token="<unk>",
            additional_special_tokens=specials[2:],
        ),
        "text_encoder": LlavaForConditionalGeneration(config).eval(),
    }


def qwen_vl() -> dict[str, Any]:
    """Tokenizer and the text half of Qwen 2.5 VL."""
    tokenizer = qwen_tokenizer()
    config = Qwen2_5_VLTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=TEXT_DIM,
        intermediate_size=37,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        rope_parameters={"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2]},
    )
    return {"tokenizer": tokenizer, "text_encoder": Qwen2_5_VLTextModel(config).eval()}


def qwen_tokenizer() -> Qwen2Tokenizer:
    """Spells every word, and knows the turns of a chat."""
    characters = sorted({*string.printable, "Ċ", "Ġ"})
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocab = {token: index for index, token in enumerate([*specials, *characters])}
    tokenizer = Qwen2Tokenizer(vocab=vocab, merges=[], pad_token="<|endoftext|>")
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
