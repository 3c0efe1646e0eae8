"""What the *Compare* tab says before it queues anything, and its table."""

import httpx
import pytest

from app.client import BackendClient, BackendError
from app.compared_input import OWN, problem_of, task_of, undressed
from app.comparison import clips_html, common_sizes, row, table_html
from app.following import queue_each
from app.tabs.compare import _sizes
from benchmarks.compare_models import _sizes as sizes_made
from benchmarks.compare_models import parse
from benchmarks.comparison_page import page
from serve.protocol import JobStatus, ModelList, Price, Quality, Task
from tests.fake_backend import FakeBackend, build, card

WRITER = card("writer", [Task.TEXT_TO_VIDEO], title="Writer")
LIVING = card("living", [Task.IMAGE_TO_VIDEO], title="Living")
DRESSER = card("dresser", [Task.TEXT_TO_VIDEO, Task.TRY_ON], title="Dresser")


@pytest.mark.parametrize(
    ("person", "garment", "task"),
    [
        (None, None, Task.TEXT_TO_VIDEO),
        ("a.png", None, Task.IMAGE_TO_VIDEO),
        ("a.png", "b.png", Task.TRY_ON),
    ],
)
def test_the_input_says_what_is_compared(
    person: str | None, garment: str | None, task: Task
) -> None:
    assert task_of(person, garment) is task


def test_a_model_that_cannot_do_it_is_named() -> None:
    words = problem_of([WRITER, DRESSER], Task.TRY_ON, "", "a.png", "b.png", agreed=True)
    assert words == "Writer cannot do try-on. Choose others, or another input."


def test_a_model_that_only_animates_can_where_another_dresses_the_person() -> None:
    asked = (Task.TRY_ON, "", "a.png", "b.png")
    assert problem_of([LIVING, DRESSER], *asked, agreed=True) is None
    assert undressed([LIVING], "editor") is None
    assert undressed([], None) is None
    assert (undressed([LIVING], None) or "").startswith("Living only animate a photo")


def test_a_garment_needs_a_person() -> None:
    assert "who is to wear" in (problem_of([], Task.TRY_ON, "", None, "b.png", agreed=True) or "")


def test_a_complete_comparison_has_no_problem_but_whether_its_photo_may_be_used() -> None:
    def problem(*, agreed: bool) -> str | None:
        return problem_of(
            [WRITER, DRESSER], Task.TEXT_TO_VIDEO, "a dress", None, None, agreed=agreed
        )

    assert problem(agreed=True) is None
    assert "right to use these photos" in (problem(agreed=False) or "")


def test_the_table_has_a_row_for_each_model_and_a_dash_for_what_is_unknown() -> None:
    job = FakeBackend().new_job({"seed": "7"}, [], "video")
    done = job.model_copy(update={"timings": {"denoising": 2.5, "writing": 0.5}})
    quality = Quality(
        temporal_flicker=0.0126,
        motion_smoothness=0.5,
        subject_consistency=0.98,
        garment_consistency=None,
    )
    cells = row("Writer", done, quality, None)
    assert cells == ["Writer", "3.0", "–", "–", "0.013", "0.500", "0.980", "–"]
    assert row("Writer", done, quality, 0.0021)[2] == "$0.0021"
    assert table_html([cells, cells]).count("<tr>") == 3
    assert table_html([]) == ""


def test_a_clip_costs_the_time_of_ones_machine_or_what_its_host_charges() -> None:
    job = FakeBackend().new_job({"seed": "7"}, [], "video")
    timings = {"downloading": 500.0, "loading": 40.0, "denoising": 35.0, "writing": 1.0}
    done = job.model_copy(update={"timings": timings, "size": "1080x1920", "seconds": "5"})
    assert WRITER.cost_of(done, None) is None
    assert WRITER.cost_of(done, 2.5) == pytest.approx(2.5 * 36 / 3600)
    price = Price(per_second=0.04, sizes={"1080x1920": 0.09})
    hosted = WRITER.model_copy(update={"price": price})
    assert hosted.cost_of(done, 2.5) == pytest.approx(0.45)
    assert hosted.cost_of(done.model_copy(update={"size": "720x1280"}), None) == pytest.approx(0.2)


def test_the_page_of_all_models_tells_figures_from_what_was_not_measured() -> None:
    quality = dict.fromkeys(Quality.model_fields, 0.5)
    entry = {"model": "croquis-t2v", "task": "text-to-video", "size": "192x256"}
    figures = {"num_frames": 17, "seconds": 3.21, "peak_memory_gb": None, "quality": quality}
    lines = page([entry | figures], "my laptop").splitlines()
    assert "| Peak GiB | Cost, $ | temporal_flicker |" in "".join(lines)
    assert "| 3.2 | – | 0.0021 | 0.500 |" in page([entry | figures | {"cost": 0.0021}], "it")
    assert "Measured on my laptop." in lines
    (measured,) = [line for line in lines if line.startswith("| `croquis-t2v`")]
    assert measured.startswith("| `croquis-t2v` | text-to-video | 192x256 | 17 | 3.2 | – |")
    (wan,) = [line for line in lines if line.startswith("| `wan2.1-t2v-14b`")]
    assert "not measured: needs a GPU and weights" in wan
    (runway,) = [line for line in lines if line.startswith("| `runway-gen4.5`")]
    assert "needs its program, server or key" in runway
    assert not any(line.startswith("| `flux.2-klein-4b`") for line in lines)


def test_a_size_is_offered_where_every_chosen_model_makes_it() -> None:
    wide, both = (
        one.model_copy(update={"limits": one.limits.model_copy(update={"sizes": sizes})})
        for one, sizes in (
            (DRESSER, ["480x640", "720x1280"]),
            (WRITER, ["720x1280", "192x256"]),
        )
    )
    assert common_sizes([both, wide]) == ["720x1280"]
    assert common_sizes([]) == []
    asked = (Task.TEXT_TO_VIDEO, "a red dress", None, None)
    assert problem_of([both, wide], *asked, size="720x1280", agreed=True) is None
    words = problem_of([both, wide], *asked, size="480x640", agreed=True)
    assert words == "Not all of these models make 480x640. All make: 720x1280."
    cards = ModelList(data=[both, wide]).model_dump_json()
    offered = _sizes(cards, [both.id, wide.id], "720x1280").constructor_args
    assert offered["choices"][1] == ("720 × 1280", "720x1280")
    assert "value" not in offered  # what is chosen meanwhile stays
    assert _sizes(cards, [both.id, wide.id], "480x640").constructor_args["value"] == OWN


def test_clips_of_any_number_have_one_set_of_controls() -> None:
    jobs = [FakeBackend().new_job({"seed": "7"}, [], "video") for _ in range(3)]
    page = clips_html({}, jobs)
    assert page.count("<video") == 3
    assert page.count('data-do="play"') == 1
    assert 'data-do="close"' not in page
    assert clips_html({}, []) == ""


async def test_a_refusal_cancels_what_was_queued_before_it() -> None:
    backend = FakeBackend(max_queued_jobs=1, held=True)
    client = BackendClient("http://backend", transport=httpx.ASGITransport(build(backend)))
    with pytest.raises(BackendError, match="The queue is full"):
        await queue_each(client, [WRITER, DRESSER], {"prompt": "a coat"}, None, None)
    (job,) = backend.jobs.values()
    assert (job.model, job.status) == ("writer", JobStatus.CANCELLED)
    await client.aclose()


def test_the_script_makes_the_sizes_that_a_model_offers_of_those_asked_for() -> None:
    sizes = WRITER.limits.sizes
    assert sizes_made(WRITER, []) == sizes[:1]
    assert sizes_made(WRITER, ["720x1280", sizes[-1]]) == sizes[-1:]
    assert sizes_made(WRITER, ["720x1280"]) == []
    options = parse(["writer", "--size", "480x640", "720x1280", "--price-per-hour", "2.5"])
    assert (options.size, options.price_per_hour) == (["480x640", "720x1280"], 2.5)
