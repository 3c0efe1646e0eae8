"""The wire: every type that crosses HTTP, for the backend and for the app alike.

It knows pydantic and nothing else of this project. Generation parameters carry diffusers' own
keyword names; the job object is OpenAI's ``Video`` with extra fields, which its client keeps.
"""

from typing import Any

from serve.protocol.jobs import (
    ImageData,
    ImagesResponse,
    Job,
    JobDeleted,
    JobError,
    JobEvent,
    JobPage,
    Quality,
)
from serve.protocol.models import (
    Defaults,
    Licence,
    Limits,
    ModelCard,
    ModelList,
    Price,
    Range,
    UnavailableModel,
)
from serve.protocol.records import FileRecord, RecordedInput
from serve.protocol.requests import (
    ImageEditRequest,
    ImageGenerationRequest,
    ImageRequest,
    JobQuery,
    JobUpdateRequest,
    LoraScale,
    Metadata,
    Prompt,
    RemixRequest,
    ResolvedParams,
    SamplingParams,
    Size,
    VideoCreateRequest,
)
from serve.protocol.service import (
    ErrorBody,
    ErrorResponse,
    Health,
)
from serve.protocol.words import (
    Allowance,
    JobStatus,
    Readiness,
    Role,
    Stage,
    Task,
    Variant,
)

JsonObject = dict[str, Any]

__all__ = [
    "Allowance",
    "Defaults",
    "ErrorBody",
    "ErrorResponse",
    "FileRecord",
    "Health",
    "ImageData",
    "ImageEditRequest",
    "ImageGenerationRequest",
    "ImageRequest",
    "ImagesResponse",
    "Job",
    "JobDeleted",
    "JobError",
    "JobEvent",
    "JobPage",
    "JobQuery",
    "JobStatus",
    "JobUpdateRequest",
    "JsonObject",
    "Licence",
    "Limits",
    "LoraScale",
    "Metadata",
    "ModelCard",
    "ModelList",
    "Price",
    "Prompt",
    "Quality",
    "Range",
    "Readiness",
    "RecordedInput",
    "RemixRequest",
    "ResolvedParams",
    "Role",
    "SamplingParams",
    "Size",
    "Stage",
    "Task",
    "UnavailableModel",
    "Variant",
    "VideoCreateRequest",
]
