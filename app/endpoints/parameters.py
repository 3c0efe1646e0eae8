"""The endpoints' parameters as invisible components: their labels are the documentation."""

import gradio as gr

from app.garments import Category
from app.lookbook.handover import FORMATS


class Parameters:
    """Every parameter that an endpoint may have, by its name; and what endpoints return."""

    def __init__(self) -> None:
        self._add_settings()
        self._add_pictures()
        self._add_drivers()
        self._add_catalogue()
        self._add_comparison()
        self._add_jobs()
        self._add_wardrobe()
        self._add_lookbooks()
        self.cards = gr.JSON(label="The models' cards", visible=False)
        self.video = gr.Video(label="The clip (mp4)", visible=False)
        self.stills = gr.File(file_count="multiple", label="The stills (PNG)", visible=False)

    def _add_settings(self) -> None:
        """How something is made."""
        self.prompt = gr.Textbox(label="What happens in the clip", visible=False)
        self.negative_prompt = gr.Textbox(
            None, label="What to keep out of it (default: the model's)", visible=False
        )
        self.model = gr.Textbox(None, label="Model id (default: one that can)", visible=False)
        self.size = gr.Textbox(None, label="WIDTHxHEIGHT (default: the model's)", visible=False)
        self.seconds = _number(
            "Seconds of film, rounded to what the model can make (default: the model's)",
            precision=None,
        )
        self.num_frames = _number(
            "Number of frames, which wins over seconds (default: the model's)"
        )
        self.fps = _number("Frames per second (default: the model's)")
        self.num_inference_steps = _number("Denoising steps (default: the model's)")
        self.guidance_scale = _number("Guidance scale (default: the model's)", precision=None)
        self.strength = _number(
            "How much of the clip is painted anew, 0 to 1 (default: the model's)", precision=None
        )
        self.seed = _number("Seed (default: a random one); the same seed, the same clip")
        self.motion_bucket_id = _number("How much to move, for models that can be told")
        self.loras = gr.JSON(
            None, label="LoRA weights of the model, by name, and their strengths", visible=False
        )
        self.label = _flag("False: without the visible label, where the server allows it")
        self.embed_inputs = _flag("True: small copies of the pictures travel in the file")
        self.dresser = gr.Textbox(
            None, label="Id of the model that dresses the person before the clip", visible=False
        )
        self.still_size = gr.Textbox(
            None, label="WIDTHxHEIGHT of the dressed still before the clip", visible=False
        )

    def _add_pictures(self) -> None:
        """What it is made of."""
        self.n = _number("How many stills (default: 1)")
        self.person = gr.Image(type="filepath", label="Photo of the person", visible=False)
        self.image = gr.Image(type="filepath", label="First frame", visible=False)
        self.last_image = gr.Image(
            None, type="filepath", label="Last frame, where the model takes one", visible=False
        )
        self.garments = gr.File(
            file_count="multiple", file_types=["image"], label="Garment photos", visible=False
        )
        self.categories = gr.Dropdown(
            [category.value for category in Category],
            value=None,
            multiselect=True,
            label="What each garment is, in the order of garments",
            visible=False,
        )
        # As a file: it must arrive as it is, and pictures may be converted.
        self.mask = gr.File(
            None,
            file_types=[".png"],
            label="Where photo or clip may change, in its shape (PNG): transparent, or else white",
            visible=False,
        )
        self.backs = gr.File(
            None,
            file_count="multiple",
            file_types=["image"],
            label="Photos of the backs of the first garments",
            visible=False,
        )

    def _add_drivers(self) -> None:
        """What drives a person."""
        self.audio = gr.File(
            file_types=["audio"], label="The recording (WAV, MP3, M4A, Ogg)", visible=False
        )
        self.face_video = gr.Video(
            None, label="The face of the clip's person, frame by frame", visible=False
        )
        self.background_video = gr.Video(
            None, label="The clip without the person to replace", visible=False
        )
        self.mask_video = gr.Video(
            None,
            label="Where in the clip that person is, or what of it may change: white",
            visible=False,
        )

    def _add_catalogue(self) -> None:
        """What a lookbook is made of."""
        self.people = gr.File(
            file_count="multiple", file_types=["image"], label="Photos of people", visible=False
        )
        self.catalogue = gr.File(
            file_count="multiple", label="A CSV and its pictures, or a ZIP with both", visible=False
        )
        self.what = gr.Textbox(None, label="still or clip (default: still)", visible=False)
        self.title = gr.Textbox(None, label="What the whole is called", visible=False)
        self.formats = gr.Dropdown(
            [variant.value for variant in FORMATS.values()],
            value=None,
            multiselect=True,
            label="What clips come as beside mp4: webm, gif",
            visible=False,
        )
        self.archive = gr.File(label="Everything (ZIP)", visible=False)

    def _add_comparison(self) -> None:
        """What several models make of one input."""
        self.models = gr.Dropdown(
            [], multiselect=True, allow_custom_value=True, label="Ids of models", visible=False
        )
        self.garment = gr.Image(None, type="filepath", label="Garment photo", visible=False)
        self.price_per_hour = _number("Dollars for an hour of your machine", precision=None)
        self.compared = gr.JSON(label="Each model's clip and figures", visible=False)

    def _add_wardrobe(self) -> None:
        """What users save."""
        self.item_kind = gr.Textbox(None, label="person or garment", visible=False)
        self.item_id = gr.Textbox(label="The item's id", visible=False)
        self.name = gr.Textbox(None, label="What it is called", visible=False)
        self.sku = gr.Textbox(None, label="Its article number", visible=False)
        self.category = gr.Textbox(None, label=", ".join(Category), visible=False)
        self.front = gr.Image(type="filepath", label="Its photo", visible=False)
        self.back = gr.Image(None, type="filepath", label="A photo of its back", visible=False)
        self.photo = gr.Image(type="filepath", label="The photo to look at", visible=False)
        self.items = gr.JSON(label="What is saved", visible=False)
        self.item = gr.JSON(label="The item", visible=False)
        self.photos = gr.File(file_count="multiple", label="Its photos (PNG)", visible=False)
        self.hints = gr.JSON(label="Hints", visible=False)

    def _add_lookbooks(self) -> None:
        """What concerns lookbooks that exist."""
        self.lookbook_id = gr.Textbox(label="The lookbook's id", visible=False)
        self.lookbooks = gr.JSON(label="The lookbooks", visible=False)
        self.book = gr.JSON(label="The lookbook", visible=False)

    def _add_jobs(self) -> None:
        """What concerns jobs that exist."""
        self.job_id = gr.Textbox(label="The job's id", visible=False)
        self.user = gr.Textbox(
            None,
            label="Whose it is: a long id that nobody can guess (none: nobody's)",
            visible=False,
        )
        self.q = gr.Textbox(None, label="Words that the prompt must have", visible=False)
        self.kind = gr.Textbox(None, label="video, image or all (default: all)", visible=False)
        self.status = gr.Textbox(
            None, label="queued, in_progress, completed, failed or cancelled", visible=False
        )
        self.task = gr.Textbox(None, label="What it makes of what", visible=False)
        self.favourite = _flag("Whether it is a favourite")
        self.sort = gr.Textbox(None, label="created_at (default) or seconds", visible=False)
        self.order = gr.Textbox(None, label="asc or desc (default)", visible=False)
        self.limit = _number("Most jobs to list, 1 to 100 (default: 20)")
        self.after = gr.Textbox(None, label="The last id of the page before", visible=False)
        self.variant = gr.Textbox(None, label="Which file, by its variant", visible=False)
        self.index = _number("Which still, from 0 (default: the first)")
        self.file = gr.File(label="A file that was made here", visible=False)
        self.jobs = gr.JSON(label="A page of jobs", visible=False)
        self.job = gr.JSON(label="The job", visible=False)


def _number(label: str, precision: int | None = 0) -> gr.Number:
    return gr.Number(None, label=label, precision=precision, visible=False)


def _flag(label: str) -> gr.Checkbox:
    """True, false, or neither, which Gradio would take for false."""
    flag = gr.Checkbox(None, label=label, visible=False)
    flag.value = None
    return flag
