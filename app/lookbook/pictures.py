"""Pictures as they are dropped in, by the names of their files; ZIPs are opened."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from app.lookbook.problems import LookbookError
from app.words import t

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic")
MAX_UNPACKED_BYTES = 2 * 2**30
MAX_FILES = 2000


@dataclass
class Drop:
    """What was dropped: pictures by file name, and at most one CSV."""

    pictures: dict[str, str] = field(default_factory=dict)
    """File name to path."""
    table: str | None = None
    """The CSV's path."""

    def find(self, name: str) -> str | None:
        """The path of a picture by its file name, with or without folder, ending and capitals."""
        wanted = PurePosixPath(name.replace("\\", "/")).name.casefold()
        whole = {file.casefold(): path for file, path in self.pictures.items()}
        stems = {Path(file).stem.casefold(): path for file, path in self.pictures.items()}
        return whole.get(wanted) or stems.get(wanted)

    def nearest(self, name: str) -> str | None:
        """The picture whose name is most like that one."""
        near = get_close_matches(name, list(self.pictures), n=1, cutoff=0.5)
        return near[0] if near else None


def unpack(paths: Iterable[str], folder: Path) -> Drop:
    """Sort what was dropped into pictures and a CSV; ZIPs are unpacked below `folder`."""
    drop = Drop()
    for path in paths:
        if path.lower().endswith(".zip"):
            for inner in _open_zip(Path(path), folder):
                _sort(drop, inner)
        else:
            _sort(drop, path)
    return drop


def name_of(path: str) -> str:
    """A picture's name: its file's, without the ending."""
    return Path(path).stem


def _sort(drop: Drop, path: str) -> None:
    file = Path(path).name
    if file.lower().endswith(".csv"):
        if drop.table is not None:
            raise LookbookError(
                t("There are two CSVs: {one} and {other}.", one=Path(drop.table).name, other=file)
            )
        drop.table = path
    elif file.lower().endswith(PICTURES):
        if drop.pictures.get(file, path) != path:
            raise LookbookError(t("There are two pictures called {file}.", file=file))
        drop.pictures[file] = path
    else:
        raise LookbookError(
            t(
                "{file} is no picture, CSV or ZIP: pictures end in {endings}.",
                file=file,
                endings=", ".join(PICTURES),
            )
        )


def _open_zip(archive: Path, folder: Path) -> list[str]:
    """Its files, each in a folder of its own, whatever paths the ZIP claims."""
    try:
        with zipfile.ZipFile(archive) as opened:
            inside = [info for info in opened.infolist() if _is_wanted(info.filename)]
            if len(inside) > MAX_FILES:
                raise LookbookError(
                    t(
                        "{file} has {n} files, the most is {most}.",
                        file=archive.name,
                        n=len(inside),
                        most=MAX_FILES,
                    )
                )
            if sum(info.file_size for info in inside) > MAX_UNPACKED_BYTES:
                raise LookbookError(
                    t(
                        "{file} unpacks to more than {n} GB.",
                        file=archive.name,
                        n=MAX_UNPACKED_BYTES // 2**30,
                    )
                )
            return [_extract(opened, info, folder / str(n)) for n, info in enumerate(inside)]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise LookbookError(
            t("{file} cannot be opened as a ZIP ({reason}).", file=archive.name, reason=error)
        ) from error


def _is_wanted(name: str) -> bool:
    """Not folders, nor what macOS and Windows add unasked."""
    file = PurePosixPath(name.replace("\\", "/"))
    hidden = file.name.startswith(".") or "__MACOSX" in file.parts or file.name == "Thumbs.db"
    return not (hidden or name.endswith("/"))


def _extract(opened: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> str:
    target = folder / PurePosixPath(info.filename.replace("\\", "/")).name
    folder.mkdir(parents=True, exist_ok=True)
    with opened.open(info) as source, target.open("wb") as file:
        while chunk := source.read(2**20):
            file.write(chunk)
    return str(target)
