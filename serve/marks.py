"""What is added to results before they leave: the visible label, metadata, and a signature."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from serve import certificates, xmp
from serve.config import Marking
from serve.label import Label
from serve.protocol import JsonObject, ResolvedParams
from serve.signing import Signature

SIGNED = {
    "mp4": "video/mp4",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
}
"""Formats that content credentials fit into. WebM has no place for them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one file carries."""

    record: JsonObject
    """The settings that made it."""
    label: Label | None = None
    xmp: bytes | None = None
    signature: Signature | None = None
    title: str = ""

    def sign(self, data: bytes, suffix: str) -> bytes:
        """The file with its credentials, where its format has a place for them."""
        if self.signature is None or suffix not in SIGNED:
            return data
        return self.signature.sign(
            data,
            SIGNED[suffix],
            title=f"{self.title}.{suffix}",
            model=str(self.record["model"]),
            version=version("lookreel"),
        )


class Marks:
    """The marks of one server."""

    def __init__(self, marking: Marking) -> None:
        """Raises `ValueError` if font or key cannot be used."""
        self._marking = marking
        self._label = Label(marking.label_text, marking.label_font) if marking.label else None
        self._signature = _signature(marking) if marking.sign else None
        digest = hashlib.sha256(marking.model_dump_json().encode())
        if marking.certificate is not None:
            digest.update(Path(marking.certificate).read_bytes())
        self.digest = digest.hexdigest()[:8]
        """Changes with the settings, so that what was made under others is made anew."""

    @property
    def label_is_required(self) -> bool:
        """Whether no request may do without it."""
        return self._marking.label and not self._marking.label_optional

    def touch(self, params: ResolvedParams) -> bool:
        """Whether the files of such a job are sent otherwise than they are stored."""
        labelled = self._label_for(params) is not None
        return labelled or self._signature is not None or params.embed_inputs

    def on(self, params: ResolvedParams, record: JsonObject, identifier: str) -> Mark:
        """What a file of such a job carries; `identifier` is ``<job id>/<name>``."""
        label, packet = self._label_for(params), None
        if label is not None or self._signature is not None:
            tool = f"Lookreel {version('lookreel')} ({record['model']})"
            packet = xmp.packet(tool=tool, identifier=identifier)
        return Mark(record, label, packet, self._signature, identifier.replace("/", "-"))

    def _label_for(self, params: ResolvedParams) -> Label | None:
        return self._label if params.label or self.label_is_required else None


def _signature(marking: Marking) -> Signature:
    if marking.certificate is None or marking.private_key is None:
        return Signature(certificates.throwaway_credentials())
    return Signature(certificates.read_credentials(marking.certificate, marking.private_key))
