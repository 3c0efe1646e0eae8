"""Storage keeps whole files under checked keys, in a folder and in any fsspec filesystem."""

import uuid
from pathlib import Path

import pytest

from serve.errors import BadRequest, NotReady
from serve.storage import Storage


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return Storage(str(tmp_path / "outputs"))
    return Storage(f"memory://{uuid.uuid4().hex}/outputs")


def test_what_was_put_is_read_back_whole_and_in_ranges(storage: Storage) -> None:
    storage.put("job_1/video.mp4", b"0123456789")
    assert storage.read("job_1/video.mp4") == b"0123456789"
    assert storage.read("job_1/video.mp4", 2, 5) == b"234"
    assert storage.read("job_1/video.mp4", 8) == b"89"
    assert storage.size("job_1/video.mp4") == 10
    with storage.open("job_1/video.mp4") as file:
        file.seek(7)
        assert file.read() == b"789"


def test_a_file_on_disk_can_be_put(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(b"clip")
    storage.put("job_1/video.mp4", source)
    assert storage.read("job_1/video.mp4") == b"clip"


def test_putting_again_replaces_the_file(storage: Storage) -> None:
    storage.put("job_1/record.json", b"first, longer")
    storage.put("job_1/record.json", b"second")
    assert storage.read("job_1/record.json") == b"second"


def test_of_two_that_put_a_new_file_the_first_wins(storage: Storage) -> None:
    storage.put_new("job_1/video.webm", b"first")
    storage.put_new("job_1/video.webm", b"second")
    assert storage.read("job_1/video.webm") == b"first"


def test_deleting_a_job_removes_its_files_and_no_others(storage: Storage) -> None:
    for key in ("job_1/video.mp4", "job_1/input-0.png", "job_10/video.mp4"):
        storage.put(key, b"x")
    storage.delete("job_1")
    storage.delete("job_1")
    assert not storage.exists("job_1/video.mp4")
    assert not storage.exists("job_1/input-0.png")
    assert storage.exists("job_10/video.mp4")


def test_a_missing_file_is_an_error_that_names_the_key(storage: Storage) -> None:
    for ask in (storage.read, storage.open, storage.size):
        with pytest.raises(NotReady, match="job_1/video.mp4"):
            ask("job_1/video.mp4")


@pytest.mark.parametrize(
    "key", ["../secret", "job/../../secret", "/etc/passwd", "job//a", "job/.hidden", "", "a\nb"]
)
def test_keys_that_could_leave_the_folder_are_refused(storage: Storage, key: str) -> None:
    with pytest.raises(BadRequest):
        storage.put(key, b"x")
    with pytest.raises(BadRequest):
        storage.delete(key)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(str(tmp_path))
    storage.put("job_1/video.mp4", b"old")

    def fail(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        storage.put("job_1/video.mp4", b"new")
    assert storage.read("job_1/video.mp4") == b"old"
    assert [path.name for path in (tmp_path / "job_1").iterdir()] == ["video.mp4"]


def test_only_files_on_this_disk_have_a_local_path(tmp_path: Path) -> None:
    local = Storage(str(tmp_path))
    local.put("job_1/video.mp4", b"clip")
    path = local.local_path("job_1/video.mp4")
    assert path is not None
    assert path.read_bytes() == b"clip"
    assert Storage("memory://elsewhere").local_path("job_1/video.mp4") is None
