"""The Croquis autoencoder: `AutoencoderKLWan` whose encoder is a principal component analysis.

Every 8×8 pixel patch of every frame becomes `Z_DIM` numbers. The encoder is linear and never
trained, so latents exist before any training does and unusual photographs encode as safely as
drawings; the decoder starts as the transpose of the same basis and is then trained to do better.

How a network of normalised SiLU layers can be exactly linear: ``silu(x) - silu(-x) = x``, so each
component travels as a pair (x, -x); and a constant channel far larger than the rest keeps the RMS
norm constant. Residual branches start at zero.
"""

import torch
from diffusers import AutoencoderKLWan
from torch import Tensor

PATCH = 8
Z_DIM = 20
ENCODER_DIM = 64
DECODER_DIM = 112
CONSTANT = 256.0
"""Value of the channel that keeps the encoder's and decoder's RMS norms nearly constant."""


def build_autoencoder() -> AutoencoderKLWan:
    """An untrained autoencoder: 8× smaller in space, the same length in time."""
    vae = AutoencoderKLWan(
        base_dim=ENCODER_DIM,
        decoder_base_dim=DECODER_DIM,
        z_dim=Z_DIM,
        dim_mult=[1],
        num_res_blocks=0,
        attn_scales=[],
        temperal_downsample=[],
        latents_mean=[0.0] * Z_DIM,
        latents_std=[1.0] * Z_DIM,
        in_channels=3 * PATCH * PATCH,
        out_channels=3 * PATCH * PATCH,
        patch_size=PATCH,
        scale_factor_spatial=PATCH,
        scale_factor_temporal=1,
    )
    for module in vae.modules():
        if type(module).__name__ == "WanCausalConv3d":
            # Frames are coded one by one: only the newest tap of each temporal kernel is used.
            module.weight.data[:, :, :-1] = 0
    return vae


def to_patches(frames: Tensor) -> Tensor:
    """(N, 3, H, W) in -1..1 → (N, 192, H/8, W/8), in the channel order of `AutoencoderKLWan`."""
    n, c, h, w = frames.shape
    x = frames.view(n, c, h // PATCH, PATCH, w // PATCH, PATCH)
    return x.permute(0, 1, 5, 3, 2, 4).reshape(n, c * PATCH * PATCH, h // PATCH, w // PATCH)


def from_patches(patches: Tensor) -> Tensor:
    """The inverse of `to_patches`."""
    n, c, h, w = patches.shape
    x = patches.view(n, 3, PATCH, PATCH, h, w).permute(0, 1, 4, 3, 5, 2)
    return x.reshape(n, 3, h * PATCH, w * PATCH)


def principal_components(patches: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The mean (192), basis (192, Z_DIM) and scales (Z_DIM) of sample patches (N, 192).

    A component is divided by its scale to make a latent. The scales lie halfway (geometrically)
    between none and full whitening: noise then drowns fine detail first, as it does in pixels,
    but not so early that a few sampling steps could never draw it.
    """
    mean = patches.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov((patches - mean).T.double()))
    values, basis = values.flip(0)[:Z_DIM], vectors.flip(1)[:, :Z_DIM]
    std = values.sqrt()
    scales = std.sqrt()
    scales *= (std / scales).square().mean().sqrt()
    return mean, basis.float(), scales.float()


@torch.no_grad()
def install_components(vae: AutoencoderKLWan, mean: Tensor, basis: Tensor, scales: Tensor) -> None:
    """Write the analysis into the encoder and its transpose into the decoder."""
    z = Z_DIM
    analysis = basis.T / scales[:, None]
    _install_head(vae.encoder.conv_in, analysis, -analysis @ mean)
    _install_tail(vae.encoder, torch.eye(z), torch.zeros(z), rows=2 * z)
    vae.encoder.conv_out.bias[z:] = -20.0  # the posterior's log-variance: none
    for conv in (vae.quant_conv, vae.post_quant_conv):
        conv.weight.zero_()
        conv.bias.zero_()
        conv.weight[:, :, 0, 0, 0] = torch.eye(conv.weight.shape[0])
    _install_head(vae.decoder.conv_in, torch.eye(z), torch.zeros(z))
    _install_tail(vae.decoder, basis * scales, mean, rows=len(mean))
    for part in (vae.encoder, vae.decoder):
        for module in part.modules():
            if type(module).__name__ == "WanResidualBlock":
                _install_residual(module)
            elif type(module).__name__ == "WanAttentionBlock":
                module.proj.weight.zero_()
                module.proj.bias.zero_()


def _install_head(conv: torch.nn.Conv3d, linear: Tensor, offset: Tensor) -> None:
    """Pairs (x, -x), spare channels as they were initialised, and the constant channel last."""
    z = len(linear)
    centre = conv.weight[:, :, -1, 1, 1]
    conv.weight[: 2 * z].zero_()
    conv.weight[-1:].zero_()
    centre[:z], centre[z : 2 * z] = linear, -linear
    conv.bias.zero_()
    conv.bias[:z], conv.bias[z : 2 * z], conv.bias[-1] = offset, -offset, CONSTANT


def _install_tail(part: torch.nn.Module, linear: Tensor, offset: Tensor, rows: int) -> None:
    """norm → SiLU → conv_out that undoes the pairing and applies ``linear``."""
    z = linear.shape[1]
    _keep_scale(part.norm_out)
    conv = part.conv_out
    conv.weight.zero_()
    conv.bias.zero_()
    conv.weight[: len(linear), :z, -1, 1, 1] = linear
    conv.weight[: len(linear), z : 2 * z, -1, 1, 1] = -linear
    conv.bias[: len(offset)] = offset
    assert conv.weight.shape[0] == rows


def _install_residual(block: torch.nn.Module) -> None:
    _keep_scale(block.norm1)
    block.conv2.weight.zero_()
    block.conv2.bias.zero_()


def _keep_scale(norm: torch.nn.Module) -> None:
    """Make the RMS norm leave channels as large as they came, but the constant one at √dim."""
    norm.gamma.fill_(CONSTANT / norm.scale)
    norm.gamma[-1] = 1.0
