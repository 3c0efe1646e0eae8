"""Fit the autoencoder: principal components first, then the decoder by gradient descent.

    python -m examples.croquis.train_autoencoder --minutes 10 --run-dir runs/croquis

Run it again to continue; the state is in ``RUN_DIR/autoencoder.pt``, saved every minute. The
encoder is finished after the first few seconds: the denoiser can train while the decoder does.
"""

import argparse
import logging
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from torch import Tensor

from examples.croquis.autoencoder import (
    build_autoencoder,
    from_patches,
    install_components,
    principal_components,
    to_patches,
)
from examples.croquis.recipe import Training, autocast, device, pictures_to_tensor
from examples.croquis.scene import garment_photo, person_photo, render_clip, sample_scene

log = logging.getLogger(__name__)

BATCH = 12
LEARNING_RATE = 1.5e-3
LATENT_NOISE = 0.03
"""The decoder sees latents this far off: the denoiser's will never be perfect."""


def draw_pictures(rng: random.Random, scenes: int) -> np.ndarray:
    """Pictures as the models meet them: mostly clip frames, some person and garment photos."""
    pictures: list[np.ndarray] = []
    for _ in range(scenes):
        scene = sample_scene(rng)
        moments = np.sort(np.array([rng.random() for _ in range(5)]))
        pictures.extend(render_clip(scene, progress=moments))
        pictures.append(person_photo(scene, rng))
        pictures.append(garment_photo(scene.outfit[0], rng, flat=rng.random() < 0.3))
    return np.stack(pictures)


class PictureBatches(torch.utils.data.IterableDataset[Tensor]):
    """Endless batches of uint8 pictures (BATCH, H, W, 3), drawn in another process."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __iter__(self) -> Iterator[Tensor]:
        rng = random.Random(self.seed)
        pool = draw_pictures(rng, 40)
        while True:
            fresh = draw_pictures(rng, 1)
            pool = np.concatenate([fresh, pool])[:6000]
            older = rng.sample(range(len(fresh), len(pool)), BATCH - len(fresh))
            yield torch.from_numpy(np.concatenate([fresh, pool[older]]))


def fit_components(seed: int = 1) -> AutoencoderKLWan:
    """An autoencoder with the analysis installed; detailed patches count for more."""
    frames = pictures_to_tensor(torch.from_numpy(draw_pictures(random.Random(seed), 110)))
    patches = to_patches(frames).permute(0, 2, 3, 1).flatten(0, 2)
    chosen = torch.multinomial(
        patches.std(1) + 0.05,
        80_000,
        replacement=True,
        generator=torch.Generator().manual_seed(seed),
    )
    torch.manual_seed(seed)
    vae = build_autoencoder()
    install_components(vae, *principal_components(patches[chosen]))
    return vae


def decode_pictures(vae: AutoencoderKLWan, latents: Tensor) -> Tensor:
    """(N, Z, h, w) → (N, 3, H, W), unclamped so that gradients live, frames on their own."""
    x = vae.post_quant_conv(latents[:, :, None])
    return from_patches(vae.decoder(x)[:, :, 0])


def encode_pictures(vae: AutoencoderKLWan, pictures: Tensor) -> Tensor:
    """(N, 3, H, W) in -1..1 → (N, Z, h, w)."""
    return vae.encode(pictures[:, :, None]).latent_dist.mode()[:, :, 0]


def reconstruction_loss(output: Tensor, target: Tensor) -> Tensor:
    """Absolute and squared error, and for edges the error of neighbours' differences."""
    edges = (output.diff(dim=-1) - target.diff(dim=-1)).abs().mean()
    edges = edges + (output.diff(dim=-2) - target.diff(dim=-2)).abs().mean()
    return F.l1_loss(output, target) + 2 * F.mse_loss(output, target) + 0.5 * edges


def simplify_frames() -> None:
    """Make single frames cheap: 2-D convolutions, as other temporal taps would see only padding,
    and no attention, whose output starts at zero and is never trained."""
    from diffusers.models.autoencoders.autoencoder_kl_wan import WanAttentionBlock, WanCausalConv3d

    original = WanCausalConv3d.forward

    def forward(self: torch.nn.Conv3d, x: Tensor, cache_x: Tensor | None = None) -> Tensor:
        if cache_x is not None or x.shape[2] != 1:
            return original(self, x, cache_x)
        pad = self._padding[2]
        weight = self.weight[:, :, -1].contiguous(memory_format=torch.channels_last)
        return F.conv2d(x[:, :, 0], weight, self.bias, padding=pad)[:, :, None]

    WanCausalConv3d.forward = forward
    WanAttentionBlock.forward = lambda self, x: x


def decoder_training(
    vae: AutoencoderKLWan, path: Path, minutes: float, total_minutes: float
) -> Training:
    """Training of the decoder alone, from the checkpoint at `path` if there is one."""
    simplify_frames()
    vae.to(device()).requires_grad_(False)
    vae.decoder.requires_grad_(True)
    params = list(vae.decoder.parameters())
    optimizer = torch.optim.AdamW(params, betas=(0.9, 0.98), weight_decay=0.0)
    return Training(path, "vae", vae, optimizer, minutes, total_minutes)


def train(run_dir: Path, minutes: float, total_minutes: float) -> None:
    """Train until the time is up, from the last checkpoint if there is one."""
    path, errors = run_dir / "autoencoder.pt", []
    vae = build_autoencoder() if path.exists() else fit_components()
    training = decoder_training(vae, path, minutes, total_minutes)
    if not path.exists():
        training.save()  # the encoder is done: the denoiser may begin
    batches = PictureBatches(training.step + 7)
    for pictures in torch.utils.data.DataLoader(batches, None, num_workers=1):
        target = pictures_to_tensor(pictures).to(device())
        errors.append(_step(vae, training, target))
        if training.step % 100 == 0:
            psnr = -10 * np.log10(np.mean(errors[-100:]) / 4)
            said = (training.step, training.schedule.seconds, psnr)
            log.info("step %d  %.0f s  psnr %.2f dB", *said)
        training.save_if_due()
        if training.schedule.is_over:
            return


def _step(vae: AutoencoderKLWan, training: Training, target: Tensor) -> float:
    with torch.no_grad(), autocast():
        latents = encode_pictures(vae, target).float()
        latents = latents + LATENT_NOISE * torch.rand(len(latents), 1, 1, 1).to(
            latents
        ) * torch.randn_like(latents)
    with autocast():
        output = decode_pictures(vae, latents)
    training.learn(reconstruction_loss(output.float(), target), LEARNING_RATE, 1.0)
    return float(F.mse_loss(output.detach().float().clamp(-1, 1), target))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=9.5, help="how long this piece may take")
    parser.add_argument(
        "--total-minutes", type=float, default=15, help="length of the whole training"
    )
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    args = parser.parse_args()
    args.run_dir.mkdir(parents=True, exist_ok=True)
    train(args.run_dir, args.minutes, args.total_minutes)


if __name__ == "__main__":
    main()
