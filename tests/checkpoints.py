"""The kinds of checkpoint that are served, each with a tiny twin: every layout of the catalog."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serve.card import Part
from serve.protocol import Allowance, Task
from tests.twins import build_twin


@dataclass(frozen=True)
class Twin:
    """One kind of checkpoint: who runs it, who saved it, and what it is asked for here."""

    pipeline: str
    pipeline_class: str
    task: Task
    layout: str = ""
    call: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str | None] = field(default_factory=dict)
    num_frames: int = 5
    vae_dtype: str | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    """Components loaded from places of their own, folders of the twin."""
    extra_steps: int = 0
    """Steps beyond the asked four, which are few of any usual number."""
    previews: bool = True
    reads: bool = True
    """Whether it takes a prompt."""
    last_image: Allowance = Allowance.REFUSED
    extends: int = 0
    """Frames of the clip that it continues."""
    video_pipeline_class: str = ""
    mask_pipeline_class: str = ""

    def build(self, folder: Path) -> Path:
        """Save its weights in `folder`."""
        return build_twin(self.pipeline_class, folder, layout=self.layout)


_LTX_CALL = {"decode_timestep": 0.05, "decode_noise_scale": 0.025}
_LTX: dict[str, Any] = {"names": {"fps": "frame_rate"}}
_LTX2_CALL = {"spatio_temporal_guidance_blocks": [1], "use_cross_timestep": False}
_LTX_CONDITION: dict[str, Any] = {**_LTX, "last_image": Allowance.OPTIONAL}
_MOTION_ADAPTER = {"motion_adapter": Part(class_name="MotionAdapter", source="adapter")}
_SANA: dict[str, Any] = {
    "names": {"num_frames": "frames"},
    "call": {"use_resolution_binning": False, "complex_human_instruction": None},
    "vae_dtype": "float32",
}
_CONTROLNET = {"controlnet": Part(class_name="ControlNetModel", source="controlnet")}
_IP_ADAPTER = {
    "image_encoder": Part(class_name="CLIPVisionModelWithProjection", source="image_encoder"),
    "ip_adapter": Part(
        class_name="IPAdapter", source="ip-adapter", weight_name="ip-adapter.safetensors"
    ),
}
_SPARSE = {"controlnet": Part(class_name="SparseControlNetModel", source="controlnet")}
_FORCING: dict[str, Any] = {
    "call": {"base_num_frames": 97, "addnoise_condition": 20},
    "vae_dtype": "float32",
    "last_image": Allowance.OPTIONAL,
}
TWINS = {
    "wan": Twin("wan", "WanPipeline", Task.TEXT_TO_VIDEO, vae_dtype="float32"),
    "wan-i2v": Twin("wan_i2v", "WanImageToVideoPipeline", Task.IMAGE_TO_VIDEO, vae_dtype="float32"),
    "wan-flf2v": Twin(
        "wan_i2v",
        "WanImageToVideoPipeline",
        Task.IMAGE_TO_VIDEO,
        "flf2v",
        vae_dtype="float32",
        last_image=Allowance.REQUIRED,
    ),
    "wan-vace": Twin(
        "wan_vace",
        "WanVACEPipeline",
        Task.TRY_ON,
        vae_dtype="float32",
        last_image=Allowance.OPTIONAL,
    ),
    "wan-vace-led": Twin(
        "wan_vace",
        "WanVACEPipeline",
        Task.VIDEO_TO_VIDEO,
        vae_dtype="float32",
        extra_steps=1,  # since it knows no strength
    ),
    "wan-vace-motion": Twin(
        "wan_vace", "WanVACEPipeline", Task.MOTION_TRANSFER, vae_dtype="float32"
    ),
    "wan-v2v": Twin(
        "wan",
        "WanPipeline",
        Task.VIDEO_TO_VIDEO,
        vae_dtype="float32",
        video_pipeline_class="WanVideoToVideoPipeline",
    ),
    "wan2.2-a14b": Twin(
        "wan",
        "WanPipeline",
        Task.TEXT_TO_VIDEO,
        "a14b",
        call={"guidance_scale_2": 2.0},
        vae_dtype="float32",
    ),
    "wan2.2-i2v-a14b": Twin(
        "wan_i2v",
        "WanImageToVideoPipeline",
        Task.IMAGE_TO_VIDEO,
        "a14b",
        call={"guidance_scale_2": 2.0},
        vae_dtype="float32",
        last_image=Allowance.OPTIONAL,
    ),
    "wan2.2-ti2v": Twin(
        "wan_ti2v", "WanPipeline", Task.IMAGE_TO_VIDEO, "ti2v", vae_dtype="float32"
    ),
    "wan-animate": Twin(
        "wan_animate",
        "WanAnimatePipeline",
        Task.MOTION_TRANSFER,
        vae_dtype="float32",
        previews=False,
    ),
    "lucy": Twin(
        "lucy",
        "LucyEditPipeline",
        Task.VIDEO_TO_VIDEO,
        vae_dtype="float32",
        extra_steps=1,  # since it knows no strength
    ),
    "flux2-klein": Twin(
        "flux2_klein",
        "Flux2KleinPipeline",
        Task.IMAGE_EDIT,
        mask_pipeline_class="Flux2KleinInpaintPipeline",
    ),
    "flux2-klein-words": Twin("flux2_klein", "Flux2KleinPipeline", Task.TEXT_TO_IMAGE),
    "qwen-image": Twin("qwen_image", "QwenImagePipeline", Task.TEXT_TO_IMAGE),
    "qwen-image-edit": Twin("qwen_image_edit", "QwenImageEditPlusPipeline", Task.IMAGE_EDIT),
    "ltx": Twin("ltx", "LTXPipeline", Task.TEXT_TO_VIDEO, call=_LTX_CALL, **_LTX),
    "ltx-i2v": Twin("ltx", "LTXPipeline", Task.IMAGE_TO_VIDEO, call=_LTX_CALL, **_LTX),
    "ltx-0.9.5": Twin(
        "ltx_condition",
        "LTXConditionPipeline",
        Task.IMAGE_TO_VIDEO,
        call=_LTX_CALL,
        **_LTX_CONDITION,
    ),
    "ltx-0.9.7-dev": Twin(
        "ltx_condition",
        "LTXConditionPipeline",
        Task.TEXT_TO_VIDEO,
        call=_LTX_CALL | {"image_cond_noise_scale": 0.0, "guidance_rescale": 0.7},
        **_LTX_CONDITION,
    ),
    "ltx-distilled": Twin(
        "ltx_condition",
        "LTXConditionPipeline",
        Task.IMAGE_TO_VIDEO,
        call=_LTX_CALL | {"image_cond_noise_scale": 0.0, "timesteps": [1000, 981, 909, 0.03]},
        **_LTX_CONDITION,
    ),
    "ltx-upsample": Twin(
        "ltx_upsample",
        "LTXLatentUpsamplePipeline",
        Task.VIDEO_TO_VIDEO,
        call=_LTX_CALL | {"adain_factor": 1.0},
        previews=False,
        extra_steps=-3,  # there is one, whatever is asked for
        reads=False,
    ),
    "ltx-refine": Twin(
        "ltx_refine",
        "LTXConditionPipeline",
        Task.VIDEO_TO_VIDEO,
        "refine",
        call=_LTX_CALL,
        parts={
            "latent_upsampler": Part(
                class_name="LTXLatentUpsamplerModel", source="", subfolder="latent_upsampler"
            )
        },
        **_LTX,
    ),
    "ltx-long": Twin(
        "ltx_long",
        "LTXI2VLongMultiPromptPipeline",
        Task.IMAGE_TO_VIDEO,
        call=_LTX_CALL | {"sigmas": [1.0, 0.9, 0.7, 0.4, 0.0], "cond_strength": 1.0},
        names={"fps": "frame_rate", "image": "cond_image"},
        num_frames=9,
        previews=False,
    ),
    "ltx2-upsample": Twin(
        "ltx_upsample",
        "LTX2LatentUpsamplePipeline",
        Task.VIDEO_TO_VIDEO,
        call=_LTX_CALL | {"adain_factor": 1.0},
        previews=False,
        extra_steps=-3,  # there is one, whatever is asked for
        reads=False,
    ),
    "ltx2-flf": Twin(
        "ltx2",
        "LTX2Pipeline",
        Task.IMAGE_TO_VIDEO,
        call=_LTX2_CALL,
        last_image=Allowance.REQUIRED,
        **_LTX,
    ),
    "ltx2-reference": Twin(
        "ltx2_reference",
        "LTX2InContextPipeline",
        Task.VIDEO_TO_VIDEO,
        call=_LTX2_CALL,
        names={"fps": "frame_rate", "video": None, "strength": None},
        extra_steps=1,  # since it knows no strength
    ),
    "ltx2": Twin("ltx2", "LTX2Pipeline", Task.TEXT_TO_VIDEO, call=_LTX2_CALL, **_LTX),
    "ltx2-i2v": Twin("ltx2", "LTX2Pipeline", Task.IMAGE_TO_VIDEO, call=_LTX2_CALL, **_LTX),
    "ltx2.3": Twin("ltx2", "LTX2Pipeline", Task.IMAGE_TO_VIDEO, "2.3", **_LTX),
    "ltx2.5": Twin(  # with 2.3's architecture: its own schedule is what is new to us
        "ltx2",
        "LTX2Pipeline",
        Task.TEXT_TO_VIDEO,
        "2.3",
        call={"sigmas": [1.0, 0.975, 0.725, 0.421875]},
        **_LTX,
    ),
    "skyreels": Twin("wan", "SkyReelsV2Pipeline", Task.TEXT_TO_VIDEO, vae_dtype="float32"),
    "skyreels-i2v": Twin(
        "wan_i2v", "SkyReelsV2ImageToVideoPipeline", Task.IMAGE_TO_VIDEO, vae_dtype="float32"
    ),
    "skyreels-forcing": Twin(
        "skyreels_forcing", "SkyReelsV2DiffusionForcingPipeline", Task.TEXT_TO_VIDEO, **_FORCING
    ),
    "skyreels-forcing-i2v": Twin(
        "skyreels_forcing", "SkyReelsV2DiffusionForcingPipeline", Task.IMAGE_TO_VIDEO, **_FORCING
    ),
    "skyreels-forcing-v2v": Twin(
        "skyreels_forcing",
        "SkyReelsV2DiffusionForcingPipeline",
        Task.VIDEO_TO_VIDEO,
        num_frames=21,
        extends=17,
        extra_steps=1,  # since it knows no strength
        **_FORCING,
    ),
    "modular": Twin(
        "modular",
        "ModularPipeline",
        Task.TEXT_TO_VIDEO,
        vae_dtype="float32",
        previews=False,
    ),
    "modular-i2v": Twin(
        "modular",
        "ModularPipeline",
        Task.IMAGE_TO_VIDEO,
        "i2v",
        vae_dtype="float32",
        previews=False,
    ),
    "kandinsky6": Twin(
        "kandinsky6", "Kandinsky6TI2VAPipeline", Task.TEXT_TO_VIDEO, previews=False, **_LTX
    ),
    "kandinsky6-i2v": Twin(
        "kandinsky6", "Kandinsky6TI2VAPipeline", Task.IMAGE_TO_VIDEO, previews=False, **_LTX
    ),
    "anyflow": Twin(
        "generic",
        "AnyFlowPipeline",
        Task.TEXT_TO_VIDEO,
        vae_dtype="float32",
        previews=False,
    ),
    "anyflow-far": Twin(
        "anyflow_far",
        "AnyFlowFARPipeline",
        Task.IMAGE_TO_VIDEO,
        num_frames=81,
        vae_dtype="float32",
        previews=False,
        extra_steps=24,  # of seven chunks
    ),
    "motif-video": Twin(
        "motif_video",
        "MotifVideoPipeline",
        Task.TEXT_TO_VIDEO,
        names={"guidance_scale": None},
        previews=False,
    ),
    "motif-video-i2v": Twin(
        "motif_video",
        "MotifVideoPipeline",
        Task.IMAGE_TO_VIDEO,
        names={"guidance_scale": None},
        previews=False,
    ),
    "cogvideox": Twin("cogvideox", "CogVideoXPipeline", Task.TEXT_TO_VIDEO, num_frames=9),
    "cogvideox-v2v": Twin(
        "cogvideox",
        "CogVideoXPipeline",
        Task.VIDEO_TO_VIDEO,
        num_frames=9,
        video_pipeline_class="CogVideoXVideoToVideoPipeline",
    ),
    "cogvideox-i2v": Twin(
        "cogvideox", "CogVideoXImageToVideoPipeline", Task.IMAGE_TO_VIDEO, num_frames=9
    ),
    "cogvideox-control": Twin(
        "cogvideox",
        "CogVideoXFunControlPipeline",
        Task.VIDEO_TO_VIDEO,
        num_frames=9,
        names={"video": "control_video", "strength": None},
        extra_steps=1,  # since it knows no strength
    ),
    "mochi": Twin("mochi", "MochiPipeline", Task.TEXT_TO_VIDEO, num_frames=7),
    "kandinsky5": Twin("kandinsky5", "Kandinsky5T2VPipeline", Task.TEXT_TO_VIDEO, previews=False),
    "kandinsky5-i2v": Twin(
        "kandinsky5",
        "Kandinsky5I2VPipeline",
        Task.IMAGE_TO_VIDEO,
        num_frames=17,
        previews=False,
    ),
    "sana-video": Twin("sana_video", "SanaVideoPipeline", Task.TEXT_TO_VIDEO, **_SANA),
    "sana-video-i2v": Twin("sana_video", "SanaVideoPipeline", Task.IMAGE_TO_VIDEO, **_SANA),
    "hunyuan": Twin("hunyuan", "HunyuanVideoPipeline", Task.TEXT_TO_VIDEO),
    "hunyuan-i2v": Twin("hunyuan", "HunyuanVideoImageToVideoPipeline", Task.IMAGE_TO_VIDEO),
    "hunyuan-i2v-33ch": Twin(
        "hunyuan", "HunyuanVideoImageToVideoPipeline", Task.IMAGE_TO_VIDEO, "33ch"
    ),
    "hunyuan1.5": Twin(
        "hunyuan15",
        "HunyuanVideo15Pipeline",
        Task.TEXT_TO_VIDEO,
        names={"guidance_scale": None},
        previews=False,
    ),
    "hunyuan1.5-i2v": Twin(
        "hunyuan15",
        "HunyuanVideo15ImageToVideoPipeline",
        Task.IMAGE_TO_VIDEO,
        names={"guidance_scale": None, "width": None, "height": None},
        previews=False,
    ),
    "skyreels-v1": Twin(
        "skyreels_v1",
        "HunyuanSkyreelsImageToVideoPipeline",
        Task.IMAGE_TO_VIDEO,
        names={"guidance_scale": "true_cfg_scale"},
        call={"guidance_scale": 1.0},
        parts={"transformer": Part(class_name="HunyuanVideoTransformer3DModel", source="skyreels")},
    ),
    "framepack": Twin(
        "framepack",
        "HunyuanVideoFramepackPipeline",
        Task.IMAGE_TO_VIDEO,
        num_frames=37,
        parts={
            "transformer": Part(
                class_name="HunyuanVideoFramepackTransformer3DModel", source="framepack"
            ),
            "image_encoder": Part(
                class_name="SiglipVisionModel", source="redux", subfolder="image_encoder"
            ),
            "feature_extractor": Part(
                class_name="SiglipImageProcessor", source="redux", subfolder="feature_extractor"
            ),
        },
        last_image=Allowance.OPTIONAL,
    ),
    "svd": Twin(
        "svd",
        "StableVideoDiffusionPipeline",
        Task.IMAGE_TO_VIDEO,
        call={"decode_chunk_size": 2},
        names={"guidance_scale": "max_guidance_scale", "fps": "fps"},
        reads=False,
    ),
    "modelscope": Twin("modelscope", "TextToVideoSDPipeline", Task.TEXT_TO_VIDEO, previews=False),
    "modelscope-v2v": Twin(
        "modelscope",
        "TextToVideoSDPipeline",
        Task.VIDEO_TO_VIDEO,
        previews=False,
        video_pipeline_class="VideoToVideoSDPipeline",
    ),
    "zeroscope-xl": Twin(
        "modelscope", "VideoToVideoSDPipeline", Task.VIDEO_TO_VIDEO, previews=False
    ),
    "i2vgen-xl": Twin(
        "generic",
        "I2VGenXLPipeline",
        Task.IMAGE_TO_VIDEO,
        names={"fps": "target_fps"},
        previews=False,
    ),
    "animatediff": Twin(
        "animatediff", "AnimateDiffPipeline", Task.TEXT_TO_VIDEO, parts=_MOTION_ADAPTER
    ),
    "animatediff-v2v": Twin(
        "animatediff",
        "AnimateDiffPipeline",
        Task.VIDEO_TO_VIDEO,
        parts=_MOTION_ADAPTER,
        video_pipeline_class="AnimateDiffVideoToVideoPipeline",
    ),
    "animatediff-sdxl": Twin(
        "animatediff_sdxl", "AnimateDiffSDXLPipeline", Task.TEXT_TO_VIDEO, parts=_MOTION_ADAPTER
    ),
    "animatediff-ip": Twin(
        "animatediff_ip",
        "AnimateDiffPipeline",
        Task.IMAGE_TO_VIDEO,
        names={"image": None},
        parts=_MOTION_ADAPTER | _IP_ADAPTER,
    ),
    "animatediff-sdxl-ip": Twin(
        "animatediff_ip",
        "AnimateDiffSDXLPipeline",
        Task.IMAGE_TO_VIDEO,
        names={"image": None},
        parts=_MOTION_ADAPTER | _IP_ADAPTER,
    ),
    "animatediff-sparsectrl": Twin(
        "animatediff",
        "AnimateDiffSparseControlNetPipeline",
        Task.IMAGE_TO_VIDEO,
        call={"controlnet_frame_indices": [0]},
        names={"image": "conditioning_frames"},
        parts=_MOTION_ADAPTER | _SPARSE,
    ),
    "animatediff-controlnet": Twin(
        "animatediff_controlnet",
        "AnimateDiffControlNetPipeline",
        Task.VIDEO_TO_VIDEO,
        call={"controlnet_conditioning_scale": 1.0},
        parts=_MOTION_ADAPTER | _CONTROLNET,
    ),
    "animatediff-pag": Twin(
        "animatediff",
        "AnimateDiffPAGPipeline",
        Task.TEXT_TO_VIDEO,
        call={"pag_scale": 3.0, "pag_adaptive_scale": 0.0},
        parts=_MOTION_ADAPTER,
    ),
    "pia": Twin("animatediff", "PIAPipeline", Task.IMAGE_TO_VIDEO, parts=_MOTION_ADAPTER),
    "latte": Twin(
        "generic",
        "LattePipeline",
        Task.TEXT_TO_VIDEO,
        num_frames=16,
        call={"clean_caption": False},
        names={"num_frames": "video_length"},
        previews=False,
    ),
    "text2video-zero": Twin(
        "text2video_zero",
        "TextToVideoZeroPipeline",
        Task.TEXT_TO_VIDEO,
        names={"num_frames": "video_length"},
        previews=False,
        extra_steps=1,
    ),
    "text2video-zero-sdxl": Twin(
        "text2video_zero",
        "TextToVideoZeroSDXLPipeline",
        Task.TEXT_TO_VIDEO,
        names={"num_frames": "video_length"},
        previews=False,
        extra_steps=1,
    ),
    "croquis-t2v": Twin("wan", "WanPipeline", Task.TEXT_TO_VIDEO, layout="croquis"),
    "croquis-v2v": Twin(
        "wan",
        "WanPipeline",
        Task.VIDEO_TO_VIDEO,
        layout="croquis",
        video_pipeline_class="WanVideoToVideoPipeline",
    ),
    "croquis-tryon": Twin("wan_vace", "WanVACEPipeline", Task.TRY_ON, layout="croquis"),
}
