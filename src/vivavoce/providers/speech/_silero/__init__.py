"""The network behind `silero`: its file with its authors' licence, and the session that runs it.

`silero_vad_16k.onnx` is made from `silero_vad_16k_op15.onnx` of the package silero-vad 6.2.3 (MIT, see LICENSE) by
`tooling/lean_silero.py`: the same weights and answers, three times as fast in batches.
"""
