"""XMP packets: the plain words in a file that say a model made it, for whoever reads metadata."""

import re
import struct
from uuid import UUID
from xml.sax.saxutils import quoteattr

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for what a trained model made."""

_MP4_BOX = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac").bytes
"""Under which XMP is kept in mp4 files."""
_IDENTIFIER = re.compile(rb'dc:identifier="([\w/-]{1,100})"')
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmp:CreatorTool={tool}
 dc:identifier={identifier}
 Iptc4xmpExt:DigitalSourceType={source_type}/></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def packet(*, tool: str, identifier: str) -> bytes:
    """What made a file, and which result of which job it is."""
    return _PACKET.format(
        tool=quoteattr(tool), identifier=quoteattr(identifier), source_type=quoteattr(SOURCE_TYPE)
    ).encode()


def identifier(data: bytes) -> str | None:
    """The identifier in the packet of a file, wherever in the file that is."""
    found = _IDENTIFIER.search(data)
    return found[1].decode() if found else None


def into_mp4(video: bytes, xmp: bytes) -> bytes:
    """The clip with the packet in a box of its own at the end, where it moves nothing."""
    return video + struct.pack(">I", 24 + len(xmp)) + b"uuid" + _MP4_BOX + xmp
