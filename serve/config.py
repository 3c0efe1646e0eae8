"""The schema of `args` in `deployments.yaml`: what is served, where results go, which limits."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Placed(BaseModel):
    """Something that Ray is to deploy."""

    model_config = ConfigDict(extra="forbid")

    deployment: dict[str, Any] = {}
    """Ray Serve's own deployment options, handed to `.options()` unchanged."""

    @property
    def num_gpus(self) -> float:
        """The share of one GPU (or the number of GPUs) that each replica is given."""
        return float((self.deployment.get("ray_actor_options") or {}).get("num_gpus") or 0)

    @property
    def max_replicas(self) -> int:
        """How many replicas Ray may run: the fixed number, or where autoscaling ends."""
        fixed = self.deployment.get("num_replicas")
        scaling = self.deployment.get("autoscaling_config") or {}
        if fixed == "auto" or scaling:
            return int(scaling.get("max_replicas", 100 if fixed == "auto" else 1))
        return int(fixed or 1)


class ModelConfig(Placed):
    """One model to serve, always loaded, on replicas of its own."""

    id: str = Field(min_length=1)
    """A catalog id, a hub repository of the catalog, a local diffusers folder or a single file."""
    base: str | None = None
    """For a single file: the model with everything but the denoiser, named as `id`."""
    load_format: Literal["auto", "dummy"] = "auto"
    """``dummy`` measures speed and memory without the weights; what is made is noise."""


class OnDemand(Placed):
    """Models that share replicas: each is loaded when a job asks for it."""

    models: list[str] | Literal["all"]
    """As `ModelConfig.id`; ``all``: every card of the catalog that runs in the
    replica itself, fits and may be served."""
    memory_gb: float | None = Field(None, gt=0)
    """GiB that may be filled with loaded models. Left out: the share of the GPU, or half of the
    machine's memory where there is none."""
    idle_seconds: float = Field(900, gt=0)
    """After which a model that nobody asked for is unloaded."""


class Marking(BaseModel):
    """How results say that a model made them."""

    model_config = ConfigDict(extra="forbid")

    label: bool = True
    """Whether what is downloaded shows `label_text` in a corner."""
    label_text: str = Field("AI-generated", min_length=1, max_length=40)
    label_font: str | None = None
    """A TrueType or OpenType file; the built-in font has no letters beyond English ones."""
    label_optional: bool = False
    """Whether a request may say ``label: false``."""
    sign: bool = True
    """Whether files carry content credentials (C2PA)."""
    certificate: str | None = None
    """A PEM file: the chain to sign with, its own certificate first. Left out: one for tests."""
    private_key: str | None = None
    """The PEM file of its key."""

    @model_validator(mode="after")
    def _resolve(self) -> "Marking":
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and private_key go together: only one is given")
        for name in ("label_font", "certificate", "private_key"):
            if (file := getattr(self, name)) is not None:
                setattr(self, name, str(Path(file).expanduser().resolve()))
        return self


class ServeArgs(BaseModel):
    """`args:` of the application; relative paths resolve against the current directory."""

    model_config = ConfigDict(extra="forbid")

    models: list[ModelConfig] = []
    on_demand: OnDemand | None = None
    output_dir: str = "outputs"
    """A folder, or any fsspec URL (`s3://bucket/prefix`), for pictures and results."""
    database_url: str | None = None
    """A SQLAlchemy URL; left out, an SQLite file in `output_dir`."""
    catalog: str | None = None
    """A file with cards of one's own, as `serve/catalog.yaml` has them."""
    allow_non_commercial: bool = False
    """True serves also models of the catalog whose licence limits commercial use."""
    trust_remote_code: bool = False
    """True serves also models that bring Python code of their own, which is then run."""
    marking: Marking = Marking()
    max_queued_jobs: int = Field(32, ge=1)
    """Jobs that may wait for one model before further ones are refused."""
    max_upload_bytes: int = Field(20 * 2**20, ge=1)
    """Per picture."""
    max_pixels: int = Field(50_000_000, ge=1)
    """Per picture, as decoded."""
    max_video_bytes: int = Field(100 * 2**20, ge=1)
    """Per clip."""
    max_video_pixels: int = Field(3840 * 2160, ge=1)
    """Per frame of a clip, as decoded."""
    max_video_seconds: float = Field(60, gt=0)
    """Per clip; models take less, from its beginning."""
    max_audio_bytes: int = Field(20 * 2**20, ge=1)
    """Per recording."""
    max_audio_seconds: float = Field(60, gt=0)
    """Per recording; models may take less."""

    @model_validator(mode="after")
    def _serve_something(self) -> "ServeArgs":
        if not self.models and self.on_demand is None:
            raise ValueError("models and on_demand are both empty: there is nothing to serve")
        return self

    @model_validator(mode="after")
    def _resolve(self) -> "ServeArgs":
        """Make paths absolute: Ray's workers run in directories of their own."""
        remote = "://" in self.output_dir
        if remote and self.database_url is None:
            raise ValueError(
                f"database_url must be given where output_dir is not a local folder "
                f"(output_dir is {self.output_dir!r})"
            )
        if not remote:
            self.output_dir = str(Path(self.output_dir).expanduser().resolve())
        if self.catalog is not None:
            self.catalog = str(Path(self.catalog).expanduser().resolve())
        if self.database_url is None:
            self.database_url = f"sqlite:///{Path(self.output_dir) / 'jobs.db'}"
        return self

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        assert self.database_url is not None, "set when the arguments were validated"
        return self.database_url
