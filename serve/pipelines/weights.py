"""Brings checkpoints from the hub to this machine: only the files that are loaded, with progress.

Downloads go to the hub's own cache, where `HF_HOME` puts it. A line that breaks is taken up where
it broke; a download that was given up goes on with the first file that is not whole.
"""

import inspect
import json
import re
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm import tqdm

from serve.card import Card
from serve.errors import ModelUnavailable

ReportBytes = Callable[[int, int], None]
"""Takes the bytes that are here, and all."""

REPORT_SECONDS = 0.5
INDEX = "model_index.json"
SETTINGS = (".json", ".txt", ".model", ".jinja")
WEIGHTS = re.compile(
    r"(diffusion_pytorch_model|pytorch_model|model)(\.(?P<variant>\w+))?(-\d+-of-\d+)?"
    r"\.(?P<kind>safetensors|bin)"
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What of a repository: a whole pipeline but for some components, or one model."""

    but: Collection[str] = ()
    takes: Collection[str] | None = None
    """The components that its class has a place for; None: whatever there is."""
    bare: Collection[str] = ()
    """Components of which only the settings are wanted."""
    only: str | None = None
    """The model's folder; empty: the repository itself is one."""
    file: str | None = None
    """Nothing but this."""
    weights: bool = True
    code: bool = False
    """Also the Python files."""


def install(card: Card, report: ReportBytes) -> Card:
    """`card` with local folders in place of hub repositories, which are downloaded if need be."""
    card = card.in_parts()
    real = card.load_format == "auto"
    bare = [name for name, part in card.parts.items() if part.file]
    but = card.parts.keys() - bare
    takes = _takes(card)
    whole = _Wanted(but=but, takes=takes, bare=bare, weights=real, code=card.trust_remote_code)
    folder = _fetch(card, card.location, card.revision, whole, report)
    parts = {}
    for name, part in card.parts.items():
        wanted = _Wanted(only=part.subfolder, file=part.weight_name, weights=real)
        place = _fetch(card, part.source, part.revision, wanted, report)
        update = {"source": place, "revision": None}
        if part.config is not None:
            settings = _Wanted(only=part.subfolder, weights=False)
            update["config"] = _fetch(card, part.config, None, settings, report)
        parts[name] = part.model_copy(update=update)
    loras = {}
    for name, lora in card.loras.items():
        place = _fetch(card, lora.source, lora.revision, _Wanted(file=lora.weight_name), report)
        loras[name] = lora.model_copy(update={"source": place, "revision": None})
    changes: dict[str, Any] = {"source": folder, "revision": None, "parts": parts, "loras": loras}
    if card.custom_pipeline is not None:
        wanted = _Wanted(weights=False, code=True)
        changes["custom_pipeline"] = _fetch(card, card.custom_pipeline, None, wanted, report)
    return card.model_copy(update=changes)


def is_installed(card: Card) -> bool:
    """Whether everything is here, as far as can be told without asking the hub."""
    try:
        for source, revision in _sources(card):
            if not _is_local(source):
                snapshot_download(source, revision=revision, local_files_only=True)
    except LocalEntryNotFoundError:
        return False
    return True


def size_gb(card: Card) -> float:
    """GiB of the weights that are here; the card's own figure, where it has one, knows better."""
    folders = [Path(source) for source, _ in _sources(card) if Path(source).is_dir()]
    files = [path for folder in folders for path in folder.rglob("*")]
    return sum(path.stat().st_size for path in files if WEIGHTS.fullmatch(path.name)) / 2**30


def choose_files(
    names: Iterable[str], *, variant: str | None, components: Collection[str] | None
) -> list[str]:
    """Those of a repository's files that diffusers will read.

    `components` are the folders of a whole pipeline; None: the repository is a single model. Of
    several formats of the same weights it is `variant` first, and safetensors before pickles.
    """
    folders: dict[str, list[str]] = {}
    for name in names:
        folder = name.rpartition("/")[0]
        if components is None or folder in components or name == INDEX:
            folders.setdefault(folder, []).append(name)
    chosen = []
    for files in folders.values():
        chosen += [name for name in files if name.endswith(SETTINGS)]
        formats: dict[tuple[str | None, str | None], list[str]] = {}
        for name in files:
            if found := WEIGHTS.fullmatch(name.rpartition("/")[2]):
                formats.setdefault((found["variant"], found["kind"]), []).append(name)
        wanted = [(v, kind) for kind in ("safetensors", "bin") for v in (variant, None)]
        chosen += next((formats[one] for one in wanted if one in formats), [])
    return chosen


def _is_wanted(name: str, bare: Collection[str] | None) -> bool:
    """Whether the file is a setting, or weights of a component not in `bare`; None: all are."""
    if name.endswith(SETTINGS):
        return True
    return bare is not None and name.partition("/")[0] not in bare


def _takes(card: Card) -> Collection[str] | None:
    """The components of its pipeline class: a repository may hold those of others, too."""
    import diffusers
    from diffusers import DiffusionPipeline

    pipeline_class: Any = getattr(diffusers, card.pipeline_class, None)
    named = inspect.isclass(pipeline_class) and issubclass(pipeline_class, DiffusionPipeline)
    if card.brings_code or not named or pipeline_class is DiffusionPipeline:
        return None
    return inspect.signature(pipeline_class.__init__).parameters.keys()


def _sources(card: Card) -> list[tuple[str, str | None]]:
    card = card.in_parts()
    parts = [(part.source, part.revision) for part in card.parts.values()]
    parts += [(part.config, None) for part in card.parts.values() if part.config]
    loras = [(lora.source, lora.revision) for lora in card.loras.values()]
    code = [(card.custom_pipeline, None)] if card.custom_pipeline else []
    return [(card.location, card.revision), *parts, *loras, *code]


def _is_local(source: str) -> bool:
    """Whether it is a path rather than ``owner/name``."""
    return re.fullmatch(r"[\w.-]+/[\w.-]+", source) is None or Path(source).exists()


def _fetch(
    card: Card, source: str, revision: str | None, wanted: _Wanted, report: ReportBytes
) -> str:
    """The folder with the files of `source`."""
    if _is_local(source):
        return source
    try:
        return _download(source, revision, card.variant, wanted, report)
    except GatedRepoError as error:
        reason = (
            f"its owner lets in only who has accepted the licence. Accept it at "
            f"https://huggingface.co/{source} and set HF_TOKEN to a token of that account"
        )
        raise _unavailable(card, source, reason) from error
    except RevisionNotFoundError as error:
        raise _unavailable(card, source, f"it has no revision {revision!r}") from error
    except RepositoryNotFoundError as error:
        reason = "the hub has no such repository, or a private one: then set HF_TOKEN"
        raise _unavailable(card, source, reason) from error
    except (httpx.TransportError, OfflineModeIsEnabled, HfHubHTTPError) as error:
        return _cached(card, source, revision, error)


def _download(
    source: str,
    revision: str | None,
    variant: str | None,
    wanted: _Wanted,
    report: ReportBytes,
) -> str:
    """The snapshot folder of the repository as it is on the hub now."""
    if constants.HF_HUB_OFFLINE:
        raise OfflineModeIsEnabled("HF_HUB_OFFLINE is set")
    info = HfApi().model_info(source, revision=revision, files_metadata=True)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    components = {wanted.only} if wanted.only else None
    if INDEX in sizes and wanted.only is None:
        index = json.loads(Path(hf_hub_download(source, INDEX, revision=info.sha)).read_text())
        kept = index.keys() - wanted.but
        kept = kept if wanted.takes is None else kept & wanted.takes
        components = {name for name in kept if isinstance(index[name], list) and index[name][0]}
    files = choose_files(sizes, variant=variant, components=components)
    bare = {*wanted.bare} if wanted.weights else None
    files = [name for name in files if _is_wanted(name, bare)]
    if wanted.code:
        files += [name for name in sizes if name.endswith(".py")]
    if wanted.file is not None:
        files = [wanted.file] if wanted.file in sizes else []
    meter = _Meter(report, sum(sizes[name] for name in files))
    path = source
    for name in files:
        # Asked by its name, a revision is noted in the cache, to be found without the hub.
        asked = revision if name == files[-1] else info.sha
        path = hf_hub_download(source, name, revision=asked, tqdm_class=meter.bar())
        meter.finish(sizes[name])
        path = path.removesuffix(f"/{name}")
    return path


class _Meter:
    """Counts the bytes of one download after the other."""

    def __init__(self, report: ReportBytes, total: int) -> None:
        self._report = report
        self._total = total
        self._finished = 0
        self._current = 0.0
        self._told = 0.0

    def bar(self) -> type[Any]:
        """A progress bar for the next file that shows nothing and counts here."""
        meter = self

        class Bar(tqdm):
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options | {"disable": True})
                meter.add(options.get("initial") or 0)

            def update(self, n: float | None = 1) -> bool | None:
                meter.add(n or 0)
                return None

        return Bar

    def add(self, count: float) -> None:
        """So many more bytes of the current file are here."""
        self._current += count
        if time.monotonic() - self._told > REPORT_SECONDS:
            self._told = time.monotonic()
            self._report(self._finished + int(self._current), self._total)

    def finish(self, size: int) -> None:
        """The current file of that many bytes is here, newly or from before."""
        self._finished += size
        self._current = 0
        self._report(self._finished, self._total)


def _cached(card: Card, source: str, revision: str | None, error: Exception) -> str:
    """The snapshot that an earlier download left, when the hub cannot be asked."""
    try:
        return snapshot_download(source, revision=revision, local_files_only=True)
    except LocalEntryNotFoundError:
        reason = (
            f"it is not on this machine, and the hub cannot be asked for it ({error}). "
            "Connect this machine, or copy the repository into its cache or into a folder"
        )
        raise _unavailable(card, source, reason) from error


def _unavailable(card: Card, source: str, reason: str) -> ModelUnavailable:
    return ModelUnavailable(f"{card.id} could not be loaded from {source}: {reason}.")
