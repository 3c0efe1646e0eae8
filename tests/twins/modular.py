"""Modular pipelines, whose blocks are Wan's."""

from typing import Any

from diffusers import ModularPipeline
from diffusers.modular_pipelines.wan.modular_blocks_wan import WanBlocks
from diffusers.modular_pipelines.wan.modular_blocks_wan_i2v import WanImage2VideoAutoBlocks

from tests.twins.wan import wan, wan_i2v


def modular(layout: str) -> ModularPipeline:
    """Of a prompt, or with ``i2v`` of a first frame."""
    blocks: Any = WanImage2VideoAutoBlocks() if layout == "i2v" else WanBlocks()
    parts = (wan_i2v if layout == "i2v" else wan)("").components
    wanted = {spec.name for spec in blocks.expected_components}
    pipe = blocks.init_pipeline()
    pipe.update_components(**{name: part for name, part in parts.items() if name in wanted})
    save: Any = pipe.save_pretrained
    # It wants the folder as text, and warns if it is not told to write where things are.
    pipe.save_pretrained = lambda folder, variant=None: save(
        str(folder), variant=variant, overwrite_modular_index=True
    )
    return pipe
