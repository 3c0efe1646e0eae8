"""A fitting: all that the user has entered in *Try-on*, and what it adds up to."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.components import ControlValues
from app.consent import ASK_FOR_PHOTOS, needs_leave
from app.garments import Garment, pictures, too_many, too_many_pictures
from app.last_frame import LastFrame
from app.words import later, t
from serve.protocol import ModelCard, Task

DRESS = later("Dress a person")
DRESSED = later("Animate a dressed photo")
MODES = (DRESS, DRESSED)


@dataclass(frozen=True)
class Fitting:
    """Everything the user has entered, read once when a button is pressed."""

    mode: str
    person: str | None
    garments: list[Garment]
    instruction: str
    direction: str
    notes: str
    n: int
    size: str | None
    """Of the stills; None: the clip's where the dresser makes it, else by the photo."""
    settings: ControlValues
    dress_card: ModelCard | None
    clip_card: ModelCard | None
    approved: str | None
    user: str | None
    consented: bool
    last_image: str | None
    kept: Sequence[str] = ()
    """Garment pictures that go with an approved still."""
    mask: str | None = None
    """Where the person's photo may change; None: everywhere."""

    def problem(self, *, needs_garment: bool, makes_clip: bool = True) -> str | None:
        """What is missing, in words; None if the job can be queued."""
        if self.clip_card is None or (needs_garment and self.dress_card is None):
            return t("No model is ready yet. Please wait a moment.")
        if not needs_garment and not self.first_frame:
            return t("Choose a photo or a dressed still first.")
        if needs_garment and self.person is None:
            return t("Add a photo of the person first (step 1).")
        if needs_garment and not self.garments:
            return t("Add a photo of the garment first (step 2).")
        if needs_garment and (problem := too_many(self.garments, self.dress_card)):
            return problem
        if makes_clip and (problem := LastFrame.problem(self.last_image, self.clip_card)):
            return problem
        if not needs_garment and (problem := too_many_pictures(len(self.kept), self.clip_card)):
            return problem
        return t(ASK_FOR_PHOTOS) if not self.consented and needs_leave(self.person) else None

    @property
    def dresser(self) -> str | None:
        """The dressing model's id."""
        return self.dress_card.id if self.dress_card else None

    @property
    def can_try_on(self) -> bool:
        """Whether the clip's model takes person and garments in one job."""
        card = self.clip_card
        if card is None or Task.TRY_ON not in card.tasks:
            return False
        # A last frame needs a first one, which only a dressed still can be; only stills take masks.
        fits = self.last_image is None and self.mask is None
        return fits and too_many(self.garments, card) is None

    @property
    def first_frame(self) -> list[str]:
        """The picture to animate, if there is one yet."""
        picture = self.person if self.mode == DRESSED else self.approved
        return [picture] if picture else []

    @property
    def pictures(self) -> list[str]:
        """The person, then the garments."""
        return [*filter(None, [self.person]), *pictures(self.garments)]

    @property
    def still_size(self) -> str | None:
        """As chosen; else the clip's where the dresser offers it: nothing is cropped twice."""
        sizes = self.dress_card.limits.sizes if self.dress_card else []
        return next((size for size in (self.size, self.settings.size) if size in sizes), None)
