"""Words with a fixed list of meanings."""

from enum import StrEnum


class Task(StrEnum):
    """What a model turns into what."""

    TEXT_TO_VIDEO = "text-to-video"
    IMAGE_TO_VIDEO = "image-to-video"
    VIDEO_TO_VIDEO = "video-to-video"
    MOTION_TRANSFER = "motion-transfer"
    AUDIO_TO_VIDEO = "audio-to-video"
    """A photographed or filmed person says a recording."""
    TRY_ON = "try-on"
    IMAGE_EDIT = "image-edit"
    TEXT_TO_IMAGE = "text-to-image"

    @property
    def makes_stills(self) -> bool:
        """Whether pictures come of it rather than a clip."""
        return self in (Task.IMAGE_EDIT, Task.TEXT_TO_IMAGE)

    @property
    def starts_from_words(self) -> bool:
        """Whether the prompt is all there is to go by."""
        return self in (Task.TEXT_TO_VIDEO, Task.TEXT_TO_IMAGE)


class Role(StrEnum):
    """What an input is in a run, by the field it came in."""

    INPUT_REFERENCE = "input_reference"
    """The person, or the first frame."""
    GARMENT = "garment"
    LAST_IMAGE = "last_image"
    MASK = "mask"
    """Where the person's picture, or in every frame the clip, may be edited: white, in its size."""
    VIDEO = "video"
    """The clip to repaint, or with an `INPUT_REFERENCE` the one whose motion that person takes."""
    FACE_VIDEO = "face_video"
    """The face of the person in `VIDEO`, frame by frame."""
    BACKGROUND_VIDEO = "background_video"
    """`VIDEO` without its person, who is to be replaced."""
    MASK_VIDEO = "mask_video"
    """Where in it that person is, or what of `VIDEO` is painted anew: white."""
    AUDIO = "audio"
    """The recording that the person says."""

    @property
    def is_video(self) -> bool:
        """Whether it is a clip."""
        return self in (Role.VIDEO, Role.FACE_VIDEO, Role.BACKGROUND_VIDEO, Role.MASK_VIDEO)

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture, neither clip nor recording."""
        return not self.is_video and self is not Role.AUDIO

    @property
    def suffix(self) -> str:
        """How a file of it is called at the end."""
        if self is Role.AUDIO:
            return "wav"
        return "mp4" if self.is_video else "png"


class JobStatus(StrEnum):
    """A job's life: ``queued → in_progress → completed | failed | cancelled``."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True once nothing can change any more."""
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class Stage(StrEnum):
    """Where a job that is in progress stands."""

    DOWNLOADING = "downloading"
    """Steps are megabytes."""
    LOADING = "loading"
    ENCODING_PROMPT = "encoding prompt"
    DENOISING = "denoising"
    DECODING = "decoding"
    WRITING = "writing"


class Readiness(StrEnum):
    """Whether a model can take work now."""

    READY = "ready"
    LOADING = "loading"
    FAILED = "failed"
    ON_DEMAND = "on demand"
    """Takes work, and is loaded for it."""
    NOT_INSTALLED = "not installed"
    """Takes work, and is downloaded for it."""

    @property
    def takes_work(self) -> bool:
        """Whether a job may begin at once, be it with a download."""
        return self not in (Readiness.LOADING, Readiness.FAILED)


class Variant(StrEnum):
    """The files of a finished job; the first three by OpenAI's names."""

    VIDEO = "video"
    THUMBNAIL = "thumbnail"
    SPRITESHEET = "spritesheet"
    RECORD = "record"
    """Every parameter, as JSON."""
    WEBM = "webm"
    GIF = "gif"
    FRAMES = "frames"
    """All frames of a clip as PNGs in a ZIP archive."""
    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    """One frame of a clip as a PNG."""
    ZIP = "zip"
    """All stills of an image job in a ZIP archive; the only one that clips do not have."""

    @property
    def suffix(self) -> str:
        """How a file of it is called at the end."""
        return _SUFFIXES.get(self, self.value)


_SUFFIXES = {
    Variant.VIDEO: "mp4",
    Variant.THUMBNAIL: "jpg",
    Variant.SPRITESHEET: "jpg",
    Variant.RECORD: "json",
    Variant.FRAMES: "zip",
    Variant.FIRST_FRAME: "png",
    Variant.LAST_FRAME: "png",
}


class Allowance(StrEnum):
    """Whether something may come with a request."""

    REFUSED = "refused"
    OPTIONAL = "optional"
    REQUIRED = "required"
