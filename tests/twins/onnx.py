"""A twin of Wan in ONNX format: three of its models as graphs, and none of their torch weights."""

import warnings
from pathlib import Path
from typing import Any

import torch
from diffusers import WanPipeline
from torch import Tensor
from torch.onnx import register_custom_op_symbolic
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

OPSET = 18


class Output(torch.nn.Module):
    """One model's forward as a function of tensors to a tensor, which is what can be exported."""

    def __init__(self, model: torch.nn.Module, method: str = "forward") -> None:
        super().__init__()
        self.model, self.method = model, method

    def forward(self, *tensors: Tensor) -> Tensor:
        output: Tensor = getattr(self.model, self.method)(*tensors, return_dict=False)[0]
        return output


def export_wan(twin: Path, *, frames: int, height: int, width: int, tokens: int) -> Path:
    """The twin in `twin` in ONNX format, for clips of this size and prompts of so many tokens."""
    pipe = WanPipeline.from_pretrained(twin)
    config = pipe.transformer.config
    latents = torch.zeros(1, config.in_channels, (frames - 1) // 4 + 1, height // 8, width // 8)
    texts = torch.zeros(1, tokens, dtype=torch.int64)
    words = torch.zeros(1, tokens, config.text_dim)
    models: dict[str, tuple[Output, dict[str, Tensor], str]] = {
        "transformer": (
            Output(pipe.transformer),
            {
                "hidden_states": latents,
                "timestep": torch.zeros(1, dtype=torch.int64),
                "encoder_hidden_states": words,
            },
            "out_sample",
        ),
        "text_encoder": (
            Output(pipe.text_encoder),
            {"input_ids": texts, "attention_mask": torch.ones_like(texts)},
            "last_hidden_state",
        ),
        "vae_decoder": (Output(pipe.vae, "decode"), {"latent_sample": latents}, "sample"),
    }
    for name, (model, inputs, output) in models.items():
        (twin / name).mkdir(exist_ok=True)
        _export(model, inputs, output, twin / name / "model.onnx")
    for name in ("transformer", "text_encoder", "vae"):
        for path in (twin / name).glob("*.safetensors"):
            path.unlink()
    return twin


def _export(model: Output, inputs: dict[str, Tensor], output: str, path: Path) -> None:
    """By torch's exporter that needs no other package: it asks for `onnx` only to add functions
    written in onnxscript, of which there are none here."""
    register_custom_op_symbolic("aten::rms_norm", _rms_norm, OPSET)
    register_custom_op_symbolic("aten::_upsample_nearest_exact2d", _doubled, OPSET)
    added, onnx_proto_utils._add_onnxscript_fn = onnx_proto_utils._add_onnxscript_fn, _nothing_added
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                model.eval(),
                tuple(inputs.values()),
                str(path),
                input_names=[*inputs],
                output_names=[output],
                dynamo=False,
                opset_version=OPSET,
            )
    finally:
        onnx_proto_utils._add_onnxscript_fn = added


def _nothing_added(model_bytes: bytes, custom_opsets: Any) -> bytes:
    return model_bytes


def _rms_norm(graph: Any, values: Any, shape: Any, weight: Any, eps: Any) -> Any:
    """Over the last dimension; ONNX has an operator for it only from opset 23 on."""

    def constant(value: Any) -> Any:
        return graph.op("Constant", value_t=torch.tensor(value))

    squares = graph.op("Pow", values, constant(2.0))
    mean = graph.op("ReduceMean", squares, constant([-1]), keepdims_i=1)
    scaled = graph.op("Div", values, graph.op("Sqrt", graph.op("Add", mean, constant(1e-6))))
    return graph.op("Mul", scaled, weight)


def _doubled(graph: Any, values: Any, *_: Any) -> Any:
    """Each pixel four times, which is all that Wan's VAE asks of it."""
    nothing = graph.op("Constant", value_t=torch.tensor([], dtype=torch.float32))
    scales = graph.op("Constant", value_t=torch.tensor([1.0, 1.0, 2.0, 2.0]))
    modes = {"coordinate_transformation_mode_s": "asymmetric", "nearest_mode_s": "floor"}
    return graph.op("Resize", values, nothing, scales, mode_s="nearest", **modes)
