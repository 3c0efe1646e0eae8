"""The Croquis denoisers: one base transformer for text, and the same base with VACE control blocks.

`WanVACETransformer3DModel` holds the very modules of `WanTransformer3DModel` plus its control
branch, so both are trained at once and saved as two models. They predict the clean picture rather
than the velocity: a token holds as many numbers as the network is wide, and noise must not have to
travel through it beside all else.
"""

from typing import Any

import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel, WanVACETransformer3DModel
from diffusers.models.transformers.transformer_wan import WanRotaryPosEmbed
from torch import Tensor, nn
from transformers import UMT5Config, UMT5EncoderModel

from examples.croquis.autoencoder import PATCH, Z_DIM

TEXT_DIM = 192
LAYERS = 7
CONTROLLED = (0, 2, 4)
"""The blocks after which the control branch says something; one of its own for each."""
DEAF = 2
"""The first blocks hear no text, this many. Before a token knows where it lies (`places.py`), it
cannot know which of two garments it is of: it heard of both, and half of the mixed-up colours came
from there."""
BASE: dict[str, Any] = {
    "patch_size": (1, 4, 4),
    "num_attention_heads": 5,
    "attention_head_dim": 64,
    "in_channels": Z_DIM,
    "out_channels": Z_DIM,
    "text_dim": TEXT_DIM,
    "freq_dim": 128,
    "ffn_dim": 960,
    "num_layers": LAYERS,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 64,
}
SHARED = ("patch_embedding", "condition_embedder", "blocks", "proj_out", "scale_shift_table")


def build_text_encoder(vocabulary: int) -> UMT5EncoderModel:
    """An untrained encoder for this many tokens."""
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=vocabulary,
            d_model=TEXT_DIM,
            d_kv=32,
            d_ff=384,
            num_layers=3,
            num_heads=6,
            dropout_rate=0.0,
            pad_token_id=0,
        )
    )


def encode_text(encoder: UMT5EncoderModel, ids: Tensor) -> Tensor:
    """(B, L) ids → (B, L, TEXT_DIM), zero behind the end as the pipelines do it."""
    mask = (ids != 0).long()
    longest = max(1, int(mask.sum(dim=1).max()))
    told = mask[:, :longest]
    hidden: Tensor = encoder(ids[:, :longest], attention_mask=told).last_hidden_state
    return F.pad(hidden * told[..., None], (0, 0, 0, ids.shape[1] - longest))


class SpreadRotaryPosEmbed(WanRotaryPosEmbed):
    """Rotary embeddings of frames that need not follow each other: some of a clip stand for all."""

    positions: list[int] | None = None
    """Where each latent frame lies in time; None: one after the other, from 0."""

    def forward(self, hidden_states: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines, (1, tokens, 1, head_dim)."""
        if self.positions is None:
            return super().forward(hidden_states)  # type: ignore[no-any-return]
        height, width = hidden_states.shape[3:]
        whole = torch.empty(1, 1, max(self.positions) + 1, height, width, device="meta")
        cos, sin = (part.unflatten(1, (whole.shape[2], -1)) for part in super().forward(whole))
        return cos[:, self.positions].flatten(1, 2), sin[:, self.positions].flatten(1, 2)


class Denoiser(nn.Module):
    """A text encoder that has learnt to read, and base transformer and control branch to train."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.text_encoder = build_text_encoder(vocabulary).requires_grad_(False)
        self.base = WanTransformer3DModel(**BASE)
        self.control = WanVACETransformer3DModel(
            **BASE,
            vace_layers=list(CONTROLLED),
            vace_in_channels=2 * Z_DIM + PATCH * PATCH,
        )
        for name in SHARED:
            setattr(self.control, name, getattr(self.base, name))
        self.rope = SpreadRotaryPosEmbed(
            BASE["attention_head_dim"], BASE["patch_size"], BASE["rope_max_seq_len"]
        )
        self.base.rope = self.control.rope = self.rope
        _start_quiet(self)
        for block in self.base.blocks[:DEAF]:
            for parameter in block.attn2.to_out.parameters():
                nn.init.zeros_(parameter.requires_grad_(False))

    def forward(
        self,
        noisy: Tensor,
        sigma: Tensor,
        ids: Tensor,
        control: Tensor | None,
        positions: list[int] | None = None,
    ) -> Tensor:
        """The clean latents, shaped like ``noisy`` (B, Z, F, h, w); ``sigma`` (B) is in 0..1.

        ``positions`` (F) says where the frames lie in time, where they are not consecutive.
        """
        self.rope.positions = positions
        inputs = {
            "hidden_states": noisy,
            "timestep": sigma * 1000,
            "encoder_hidden_states": encode_text(self.text_encoder, ids),
            "return_dict": False,
        }
        if control is None:
            return self.base(**inputs)[0]
        return self.control(**inputs, control_hidden_states=control)[0]


def _start_quiet(denoiser: Denoiser) -> None:
    """Gates, hints and output start small, so that depth does not hurt in the first steps."""
    with torch.no_grad():
        nn.init.zeros_(denoiser.base.proj_out.weight)
        nn.init.zeros_(denoiser.base.proj_out.bias)
        for block in denoiser.control.vace_blocks:
            nn.init.zeros_(block.proj_out.weight)
            nn.init.zeros_(block.proj_out.bias)
        for block in (*denoiser.base.blocks, *denoiser.control.vace_blocks):
            nn.init.normal_(block.attn2.to_out[0].weight, std=0.01)
