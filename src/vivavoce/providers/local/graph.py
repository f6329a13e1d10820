"""Computations for onnxruntime, written down by hand: nodes and constants become the bytes of an ONNX model.

Only what the models here need, which spares a dependency: ONNX is Protocol Buffers, and those are numbered fields, each
a number or a length with bytes. Field numbers are those of `onnx.proto`.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

_IR_VERSION = 8
_OPSET = 17
_MICROSOFT = "com.microsoft"
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
_VARINT, _LENGTH, _FIXED32 = 0, 2, 5
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE, _INTS_ATTRIBUTE = 1, 2, 7

Shape = Sequence[int | str]
Attribute = int | float | Sequence[int]


class Graph:
    """Nodes and constants, as they are added; every step returns the name of its outcome."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._names = 0

    def constant(self, values: Any) -> str:
        """A tensor that does not change."""
        import numpy as np

        array = np.ascontiguousarray(values)
        name = self._new_name()
        dims = b"".join(_number(1, size) for size in np.shape(values))
        kind = _number(2, _TYPES[array.dtype.name])
        self._constants.append(dims + kind + _text(8, name) + _bytes(9, array.tobytes()))
        return name

    def step(self, operation: str, *inputs: str, outputs: int = 1, own: bool = False, **attributes: Attribute) -> Any:
        """One operation; `own` names one of onnxruntime's. Several outcomes come as a list."""
        names = [self._new_name() for _ in range(outputs)]
        fields = [_text(1, name) for name in inputs] + [_text(2, name) for name in names] + [_text(4, operation)]
        fields += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join(fields) + (_text(7, _MICROSOFT) if own else b""))
        return names[0] if outputs == 1 else names

    def model(self, inputs: Mapping[str, Shape], output: str, shape: Shape) -> bytes:
        """The whole, from inputs of 32-bit floats to one output."""
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _text(2, "vivavoce")
        graph += b"".join(_bytes(5, constant) for constant in self._constants)
        graph += b"".join(_bytes(11, _value(name, size)) for name, size in inputs.items())
        graph += _bytes(12, _value(output, shape))
        opsets = _bytes(8, _number(2, _OPSET)) + _bytes(8, _text(1, _MICROSOFT) + _number(2, 1))
        return _number(1, _IR_VERSION) + opsets + _bytes(7, graph)

    def _new_name(self) -> str:
        self._names += 1
        return f"t{self._names}"


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | _LENGTH) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _attribute(name: str, value: Attribute) -> bytes:
    match value:
        case int():
            return _text(1, name) + _number(3, value) + _number(20, _INT_ATTRIBUTE)
        case float():
            packed = _varint(2 << 3 | _FIXED32) + struct.pack("<f", value)
            return _text(1, name) + packed + _number(20, _FLOAT_ATTRIBUTE)
        case _:
            numbers = b"".join(_number(8, each) for each in value)
            return _text(1, name) + numbers + _number(20, _INTS_ATTRIBUTE)


def _value(name: str, shape: Shape) -> bytes:
    sizes = (_number(1, size) if isinstance(size, int) else _text(2, size) for size in shape)
    tensor = _number(1, _TYPES["float32"]) + _bytes(2, b"".join(_bytes(1, size) for size in sizes))
    return _text(1, name) + _bytes(2, _bytes(1, tensor))
