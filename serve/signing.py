"""Content credentials (C2PA): a signed statement in a file that a model made it.

It knows certificates and files; not what is in them or whom they are for.
"""

import io
from functools import cached_property

import c2pa
from PIL import Image

from serve.certificates import Credentials
from serve.xmp import SOURCE_TYPE


class Signature:
    """Signs files with one key."""

    def __init__(self, credentials: Credentials) -> None:
        """Raises `ValueError` with C2PA's reason if nothing can be signed with them."""
        self._credentials = credentials
        try:
            self.sign(_smallest_png(), "image/png", title="trial", model="none", version="0")
        except c2pa.C2paError as error:
            raise ValueError(f"certificate: C2PA does not sign with it: {error}") from None

    def sign(self, data: bytes, media_type: str, *, title: str, model: str, version: str) -> bytes:
        """The file with the statement that `model`, run by this version of Lookreel, made it.

        Every call gives other bytes: a statement has a random id, and a signature may.
        """
        agent = {"name": "Lookreel", "version": version}
        action = {
            "action": "c2pa.created",
            "digitalSourceType": SOURCE_TYPE,
            "softwareAgent": agent,
            "description": f"Made by the model {model}.",
        }
        assertion = {"label": "c2pa.actions.v2", "data": {"actions": [action]}}
        statement = {"claim_generator_info": [agent], "title": title, "assertions": [assertion]}
        own = self._credentials
        info = c2pa.C2paSignerInfo(own.algorithm, own.chain, own.private_key, None)
        signed = io.BytesIO()
        with c2pa.Builder(statement, self._context) as builder, c2pa.Signer.from_info(info) as by:
            builder.sign(by, media_type, io.BytesIO(data), signed)
        return signed.getvalue()

    @cached_property
    def _context(self) -> c2pa.Context:
        # Making a thumbnail of a GIF takes longer than everything else together.
        return c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})


def statement_in(data: bytes, media_type: str) -> tuple[str, str] | None:
    """Of a signed file, "valid" or "invalid", and whose signature it is; None: it has none.

    Valid means that nothing was changed since; whether to trust the signer is for the reader.
    """
    try:
        with c2pa.Reader(media_type, io.BytesIO(data)) as reader:
            state = reader.get_validation_state()
            manifest = reader.get_active_manifest() or {}
    except c2pa.C2paError:
        return None
    signer = manifest.get("signature_info", {}).get("issuer") or "unknown"
    return ("invalid" if state == "Invalid" else "valid"), signer


def _smallest_png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "PNG")
    return buffer.getvalue()
