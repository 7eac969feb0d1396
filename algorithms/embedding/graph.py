"""The bundled encoder as an ONNX graph without weights, and the weights that it is given when it runs.

BERT with mean pooling and vectors of length 1, as the model's `config.json` and `modules.json` declare it. The graph
takes texts of one length: without padding there is nothing to mask, and no text's vector depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

Weights = dict[str, NDArray[np.float32]]

VERSION = 1
"""Raised with every change of the graph: another version is another file."""

_OPERATORS = 17
_RUNTIME_OPERATORS = "com.microsoft"
"""Fused operators of onnxruntime: attention over all heads, residual and normalisation, bias and GELU in one step."""


class Encoder(NamedTuple):
    """Shape of an encoder, from its `config.json`."""

    layers: int
    heads: int
    size: int
    inner_size: int
    epsilon: float


def encoder_of(config: Mapping[str, Any]) -> Encoder:
    """Shape of the encoder that a `config.json` declares; ValueError where it is none that the graph can say."""
    if (config["model_type"], config["hidden_act"], config["position_embedding_type"]) != ("bert", "gelu", "absolute"):
        raise ValueError(f"not a BERT encoder with GELU and absolute positions: {config['_name_or_path']}")
    return Encoder(
        config["num_hidden_layers"],
        config["num_attention_heads"],
        config["hidden_size"],
        config["intermediate_size"],
        config["layer_norm_eps"],
    )


def graph_weights(tensors: Mapping[str, NDArray[np.float32]], encoder: Encoder) -> Weights:
    """The tensors of a checkpoint as the graph multiplies them: transposed, and those of attention side by side."""
    weights = {
        "words": tensors["embeddings.word_embeddings.weight"],
        # every text is the first of its pair
        "positions": tensors["embeddings.position_embeddings.weight"]
        + tensors["embeddings.token_type_embeddings.weight"][0],
        "words_scale": tensors["embeddings.LayerNorm.weight"],
        "words_shift": tensors["embeddings.LayerNorm.bias"],
    }
    for layer in range(encoder.layers):
        source = f"encoder.layer.{layer}"
        heads = [f"{source}.attention.self.{part}" for part in ("query", "key", "value")]
        weights[f"{layer}_heads"] = np.concatenate([tensors[f"{head}.weight"].T for head in heads], axis=1)
        weights[f"{layer}_heads_bias"] = np.concatenate([tensors[f"{head}.bias"] for head in heads])
        for name, part in (("mixed", "attention.output"), ("inner", "intermediate"), ("outer", "output")):
            weights[f"{layer}_{name}"] = tensors[f"{source}.{part}.dense.weight"].T
            weights[f"{layer}_{name}_bias"] = tensors[f"{source}.{part}.dense.bias"]
        for name, part in (("mixed", "attention.output"), ("outer", "output")):
            weights[f"{layer}_{name}_scale"] = tensors[f"{source}.{part}.LayerNorm.weight"]
            weights[f"{layer}_{name}_shift"] = tensors[f"{source}.{part}.LayerNorm.bias"]
    return {name: np.ascontiguousarray(weight, dtype=np.float32) for name, weight in weights.items()}


def build_graph(encoder: Encoder, weights: Weights) -> bytes:
    """The graph: `tokens` (texts, length) to `vectors` (texts, size), which are of length 1.

    It asks for two constants of a length besides: `places`, its positions, and `shares` (1, length), 1 / length each.
    weights: for their shapes only. They stand in the graph as external data without a file: whoever runs it brings
    them.
    """
    nodes = [
        helper.make_node("Gather", ["words", "tokens"], ["word_states"]),
        helper.make_node("Gather", ["positions", "places"], ["position_states"]),
        helper.make_node("Add", ["word_states", "position_states"], ["summed"]),
        helper.make_node(
            "LayerNormalization",
            ["summed", "words_scale", "words_shift"],
            ["states_0"],
            axis=-1,
            epsilon=encoder.epsilon,
        ),
    ]
    for layer in range(encoder.layers):
        nodes += _layer(layer, encoder)
    nodes += [
        # a product, since onnxruntime sums a reduction in an order that depends on the number of texts
        helper.make_node("MatMul", ["shares", f"states_{encoder.layers}"], ["pooled_rows"]),
        helper.make_node("Squeeze", ["pooled_rows", "pooled_axis"], ["pooled"]),
        helper.make_node("LpNormalization", ["pooled"], ["vectors"], axis=-1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "encoder",
        [
            helper.make_tensor_value_info("tokens", TensorProto.INT64, ["texts", "length"]),
            helper.make_tensor_value_info("places", TensorProto.INT64, ["length"]),
            helper.make_tensor_value_info("shares", TensorProto.FLOAT, [1, "length"]),
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", encoder.size])],
        [
            helper.make_tensor("pooled_axis", TensorProto.INT64, [1], [1]),
            *(_external(name, weight.shape) for name, weight in weights.items()),
        ],
    )
    operators = [helper.make_opsetid("", _OPERATORS), helper.make_opsetid(_RUNTIME_OPERATORS, 1)]
    content: bytes = helper.make_model(graph, opset_imports=operators, ir_version=8).SerializeToString()
    return content


def _layer(layer: int, encoder: Encoder) -> list[onnx.NodeProto]:
    def fused(operator: str, inputs: list[str], output: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(operator, inputs, [output], domain=_RUNTIME_OPERATORS, **attributes)

    def name(part: str) -> str:
        return f"{layer}_{part}"

    def added(part: str, residual: str, output: str) -> onnx.NodeProto:
        inputs = [name(f"{part}_product"), residual, *(name(f"{part}_{role}") for role in ("scale", "shift", "bias"))]
        return fused("SkipLayerNormalization", inputs, output, epsilon=encoder.epsilon)

    states, mixed_states = f"states_{layer}", name("mixed_states")
    return [
        fused("Attention", [states, name("heads"), name("heads_bias")], name("attended"), num_heads=encoder.heads),
        helper.make_node("MatMul", [name("attended"), name("mixed")], [name("mixed_product")]),
        added("mixed", states, mixed_states),
        helper.make_node("MatMul", [mixed_states, name("inner")], [name("inner_product")]),
        fused("BiasGelu", [name("inner_product"), name("inner_bias")], name("inner_states")),
        helper.make_node("MatMul", [name("inner_states"), name("outer")], [name("outer_product")]),
        added("outer", mixed_states, f"states_{layer + 1}"),
    ]


def _external(name: str, shape: tuple[int, ...]) -> onnx.TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
    size = 4 * int(np.prod(shape))
    for key, value in (("location", "weights"), ("offset", "0"), ("length", str(size))):
        tensor.external_data.add(key=key, value=value)
    return tensor
