"""Measure the built-in models on combinations they were never trained on.

    python -m examples.croquis.evaluate --sheet-dir docs --json runs/croquis/evaluation.json

Clips are made by the product's own pipelines with the settings that users get, from requests with
fixed seeds; a classifier trained on drawn clips says what they show. The table goes to stdout.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan

from examples.croquis.classifier import (
    WEIGHTS,
    Classifier,
    Frames,
    Look,
    load_classifier,
    look_of,
)
from examples.croquis.gallery import Line, save_sheet
from examples.croquis.recipe import pictures_to_tensor
from examples.croquis.scene import Scene, render_clip
from examples.croquis.scorecard import Scorecard, mistakes_of, squared_error
from examples.croquis.trial import PARTS, Part, Trial, held_out_scenes, set_trial
from serve import catalog
from serve.card import Card
from serve.pipelines import device, loader
from serve.pipelines.base import Pipeline
from serve.pipelines.pixels import to_frames
from serve.protocol import SamplingParams

JUDGE_SAMPLES = 200
"""Drawn clips that the classifier itself is tried on; they cost next to nothing."""
SHEET_LINES = 8
"""The first ones, whatever they show."""


class Evaluation:
    """One evaluation: the models, the judge, and the scores so far."""

    def __init__(
        self, weights: Path, judge: Classifier, sampling: SamplingParams, sheet_dir: Path | None
    ) -> None:
        self._weights = weights
        self._judge = judge
        self._sampling = sampling
        self._sheet_dir = sheet_dir
        self._pipeline = cache(lambda model: loader.load(self._card(model)))
        self.scorecard = Scorecard(
            {"weights": str(weights), **sampling.model_dump(exclude_none=True)}
        )

    def judge_itself(self, scenes: Sequence[Scene]) -> None:
        """How often the classifier is right where the truth is known."""
        pairs = [self._look(scene, render_clip(scene)) for scene in scenes]
        self.scorecard.add_shares("Classifier on drawn clips", pairs)

    def autoencoder(self, scenes: Sequence[Scene]) -> None:
        """Encode and decode drawn clips; what the classifier says then is the best to hope for."""
        vae = load_autoencoder(self._card(PARTS[0].model))
        drawn = [render_clip(scene) for scene in scenes]
        decoded = [decode_again(vae, clip) for clip in drawn]
        errors = [squared_error(*pair) for pair in zip(drawn, decoded, strict=True)]
        self.scorecard.add_psnr("Autoencoder", errors)
        pairs = [self._look(scene, clip) for scene, clip in zip(scenes, decoded, strict=True)]
        self.scorecard.add_shares("Classifier on autoencoded clips", pairs)
        clips = [clip for pair in zip(drawn, decoded, strict=True) for clip in pair]
        names = ["drawn", "encoded and decoded"] * len(scenes)
        lines = [Line(name, (), clip) for name, clip in zip(names, clips, strict=True)]
        self._save_sheet("autoencoder", lines)

    def try_part(self, part: Part, scenes: Sequence[Scene]) -> None:
        """Have every scene made, and compare what is seen with what was asked for."""
        card, pipeline = self._card(part.model), self._pipeline(part.model)
        pairs, lines = [], []
        for index, scene in enumerate(scenes):
            started = time.monotonic()
            sampling = self._sampling.model_copy(
                update={"seed": (self._sampling.seed or 0) * 1000 + index}
            )
            trial = set_trial(part, scene, card, sampling)
            frames = run(pipeline, trial)
            # A prompt says nothing of skin, and rarely anything of hair.
            pairs.append(self._look(scene, frames, shows_person=bool(trial.pictures)))
            self._note(part, index, trial, *pairs[-1])
            lines.append(Line(trial.generation.params.prompt, trial.pictures, frames))
            print(
                f"{part.title} {index + 1}/{len(scenes)}  {time.monotonic() - started:.1f} s",
                file=sys.stderr,
            )
        self.scorecard.add_shares(part.title, pairs, part.goals)
        self._save_sheet(part.task.value, lines)

    def _card(self, model: str) -> Card:
        return catalog.find(str(self._weights / model))

    def _look(self, scene: Scene, frames: Frames, shows_person: bool = True) -> tuple[Look, Look]:
        """What must be seen, and what the judge sees."""
        expected = look_of(scene, len(frames) > 1, shows_person)
        return expected, self._judge.judge(frames, expected.kind)

    def _note(self, part: Part, index: int, trial: Trial, expected: Look, seen: Look) -> None:
        wrong = mistakes_of(expected, seen)
        if wrong:
            prompt = trial.generation.params.prompt
            self.scorecard.mistakes.append(
                {"part": part.title, "index": index, "prompt": prompt, "wrong": wrong}
            )

    def _save_sheet(self, name: str, lines: Sequence[Line]) -> None:
        if self._sheet_dir is not None:
            save_sheet(lines[:SHEET_LINES], self._sheet_dir / f"croquis-{name}.png")


def run(pipeline: Pipeline, trial: Trial) -> Frames:
    """The frames that the product's pipeline makes of this request."""
    frames = pipeline.run(trial.generation, lambda _event: None)
    assert not isinstance(frames, bytes), "diffusers gives frames"
    return frames


def load_autoencoder(card: Card) -> AutoencoderKLWan:
    """The autoencoder of a card, as precise as the product runs it."""
    dtype = device.resolve_dtype(card.vae_dtype or card.dtype)
    vae = AutoencoderKLWan.from_pretrained(card.location, subfolder="vae", dtype=dtype)
    return vae.to(device.current())


@torch.inference_mode()
def decode_again(vae: AutoencoderKLWan, clip: Frames) -> Frames:
    """The clip as it comes back from latents."""
    sample = pictures_to_tensor(torch.from_numpy(clip)).transpose(0, 1)[None]
    latents = vae.encode(sample.to(vae.device, vae.dtype)).latent_dist.mode()
    return to_frames(vae.decode(latents).sample[0].transpose(0, 1))


def evaluate(args: argparse.Namespace) -> Scorecard:
    """Everything that was asked for on the command line."""
    sampling = SamplingParams(
        seed=args.seed,
        num_inference_steps=args.num_inference_steps,
        guidance_scale=args.guidance_scale,
    )
    evaluation = Evaluation(
        args.weights, load_classifier(args.classifier), sampling, args.sheet_dir
    )
    scenes = held_out_scenes(args.samples, args.seed)
    evaluation.judge_itself(held_out_scenes(JUDGE_SAMPLES, args.seed + 1))
    evaluation.autoencoder(scenes)
    for part in PARTS:
        if part.task.value in args.tasks:
            evaluation.try_part(part, scenes)
    return evaluation.scorecard


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tasks = [part.task.value for part in PARTS]
    parser.add_argument("--weights", type=Path, default=Path("serve/weights"))
    parser.add_argument("--classifier", type=Path, default=WEIGHTS)
    parser.add_argument("--samples", type=int, default=40, help="clips of each task")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tasks", nargs="*", choices=tasks, default=tasks)
    parser.add_argument("--num-inference-steps", type=int, help="instead of what users get")
    parser.add_argument("--guidance-scale", type=float, help="instead of what users get")
    parser.add_argument("--json", type=Path, help="write scores and mistakes to this file")
    parser.add_argument("--sheet-dir", type=Path, help="write contact sheets to this folder")
    return parser.parse_args(arguments)


def main() -> None:
    args = parse()
    scorecard = evaluate(args)
    if args.json:
        args.json.write_text(json.dumps(scorecard.as_json(), indent=1))
    print(scorecard.markdown())


if __name__ == "__main__":
    main()
