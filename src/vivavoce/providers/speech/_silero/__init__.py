"""The network behind `silero`: its file, as its authors publish it, with their licence, and the session that runs it.

`silero_vad_16k.onnx` is `silero_vad_16k_op15.onnx` of the package silero-vad 6.2.3, unchanged (MIT, see LICENSE).
"""
