"""The wire types of the FastVideo demo's one endpoint, field for field."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serve.protocol import Prompt


class GenerateVideoRequest(BaseModel):
    """``POST /generate_video``: the request of the FastVideo demo, field for field."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    prompt: Prompt
    negative_prompt: Prompt | None = None
    use_negative_prompt: bool = False
    seed: int = Field(42, ge=0, lt=2**32)
    guidance_scale: float | None = Field(None, ge=0, le=30, allow_inf_nan=False)
    num_frames: int | None = Field(None, ge=1, le=1024)
    height: int | None = Field(None, ge=16, le=4096)
    width: int | None = Field(None, ge=16, le=4096)
    randomize_seed: bool = False
    return_frames: Literal[False] = False
    """The demo's page never asks for them; a clip is what is answered."""
    model_path: str | None = None
    model_type: str | None = None
    image_data: str | None = None
    """A ``data:`` URL or bare base64 of the first frame; never a path on the server."""


class GenerateVideoResponse(BaseModel):
    """The answer of ``POST /generate_video``; failures are HTTP errors, with the same shape."""

    model_config = ConfigDict(protected_namespaces=())

    video_data: str | None = None
    seed: int
    success: bool
    error_message: str | None = None
    generation_time: float | None = None
    model_load_time: float | None = None
    inference_time: float | None = None
    encoding_time: float | None = None
    total_time: float | None = None
    stage_names: list[str] | None = None
    stage_execution_times: list[float] | None = None
