"""The dresser is told which garment is in which picture."""

from app.directions import CAMERAS, MOTIONS, direction, motions_for, rewritten
from app.fitting_form import instructed
from app.garment_form import room
from app.garments import Category, Garment, dressing_order, instruction, pictures, too_many
from examples.croquis.caption import MOTION_WORDS
from serve import catalog
from serve.protocol import ModelList, Readiness, Task
from tests.fake_backend import card

TOP = Garment(Category.TOP, "top.png", "top-back.png")
COAT = Garment(Category.OUTERWEAR, "coat.png")
SKIRT = Garment(Category.BOTTOM, "skirt.png")
KLEIN = catalog.find("flux.2-klein-4b").on_the_wire(Readiness.READY)
CROQUIS = card("croquis-tryon", [Task.IMAGE_EDIT])


def test_garments_are_put_on_from_the_skin_outwards_and_backs_follow_their_fronts() -> None:
    assert dressing_order([COAT, SKIRT, TOP]) == [TOP, SKIRT, COAT]
    assert pictures([COAT, SKIRT, TOP]) == ["top.png", "top-back.png", "skirt.png", "coat.png"]


def test_the_instruction_counts_pictures_as_they_are_sent() -> None:
    told = instruction([COAT, TOP], KLEIN)
    assert "the top of image 2 (image 3 shows its back) and the coat or jacket of image 4" in told
    assert "image 5" not in told
    assert "background stays" in told


def test_pictures_that_share_one_are_told_by_their_place_in_it() -> None:
    hat = Garment(Category.ACCESSORY, "hat.png")
    assert KLEIN.limits.in_each(5) == [2, 2, 1]
    assert (
        "the top in the left half of image 2 (the right half of image 2 shows its back), the "
        "trousers or skirt in the left half of image 3, the coat or jacket in the right half of "
        "image 3 and the accessory of image 4"
    ) in instruction([hat, COAT, SKIRT, TOP], KLEIN)


def test_every_picture_that_a_dresser_of_the_catalog_takes_has_a_place_with_a_name() -> None:
    models = [one.on_the_wire(Readiness.READY) for one in catalog.load_catalog().models]
    for dresser in (one for one in models if one.picture_word):
        for number in range(1, dresser.limits.max_garments + 1):
            garments = [Garment(Category.TOP, f"{at}.png") for at in range(number)]
            told = instruction(garments, dresser)
            assert told.count("the top ") == number
            assert f"{dresser.picture_word} {len(dresser.limits.in_each(number)) + 1}" in told


def test_a_place_takes_the_background_s_place_and_notes_are_passed_on() -> None:
    told = instruction([TOP], KLEIN, place="in a park", notes="Sleeves rolled up.")
    assert "Show the person in a park." in told
    assert "Sleeves rolled up." in told
    assert "background stays" not in told


def test_a_model_counts_in_its_own_words_or_not_at_all() -> None:
    qwen = catalog.find("qwen-image-edit-2511").on_the_wire(Readiness.READY)
    assert "the top of Picture 2" in instruction([TOP], qwen)
    own = CROQUIS.model_copy(
        update={"defaults": CROQUIS.defaults.model_copy(update={"prompt": "a fashion sketch"})}
    )
    assert instruction([TOP], own, place="in a park") == "a fashion sketch in a park"


def test_too_many_pictures_are_told_with_the_model_and_its_limit() -> None:
    assert too_many([SKIRT, COAT], CROQUIS) is None
    problem = too_many([TOP, COAT], CROQUIS)
    assert problem is not None
    assert "Croquis" in problem
    assert "at most 2 garment pictures, backs included; there are 3" in problem


def test_what_the_user_wrote_outlives_another_choice() -> None:
    walk = direction("Catwalk walk", "As in the photo", "Static")
    turn = direction("Slow turn", "Park", "Orbit")
    assert rewritten(f"smiling, {walk}, slowly", walk, turn) == f"smiling, {turn}, slowly"
    assert rewritten("only my own words", walk, turn) == f"{turn} only my own words"


def test_an_instruction_of_the_user_s_own_stands_until_it_is_emptied() -> None:
    written = instruction([TOP], KLEIN)
    both = instructed(written, written, [TOP, COAT], KLEIN, None, "")
    assert "image 4" in both
    assert instructed("my own", written, [TOP, COAT], KLEIN, None, "") == "my own"
    assert instructed("", written, [TOP, COAT], KLEIN, None, "") == both


def test_every_motion_has_a_verb_that_the_sketch_models_have_learnt() -> None:
    known = {word.split()[0] for words in MOTION_WORDS.values() for word in words}
    assert {text.replace(",", "").split()[0] for text in MOTIONS.values()} <= known
    assert len(set(CAMERAS.values())) == len(CAMERAS)


def test_of_a_sketch_model_each_motion_is_offered_once() -> None:
    motion_of = {word.split()[0]: name for name, words in MOTION_WORDS.items() for word in words}
    sketched = [MOTIONS[name].replace(",", "").split()[0] for name in motions_for(CROQUIS)]
    assert sorted(motion_of[verb] for verb in sketched) == sorted(MOTION_WORDS)
    assert motions_for(KLEIN) == list(MOTIONS)


def test_a_model_s_limit_is_told_before_anything_is_added_and_there_are_no_slots_beyond_it() -> (
    None
):
    kinds = [Category.TOP, None, None] * 4
    for model, count, words, free in (
        (CROQUIS, 1, "Croquis takes at most 2 garment pictures, backs included.", True),
        (CROQUIS, 2, "Croquis takes at most 2 garment pictures, backs included.", False),
        (KLEIN, 3, "", True),
    ):
        cards = ModelList(data=[model]).model_dump_json()
        told, add = room(cards, model.id, count, 0, *kinds)
        assert told == (f'<p class="lr-hint">{words}</p>' if words else "")
        assert add["interactive"] is free
