"""The ways a call ends by itself, each with its sentence for people, its close code and the contract's error type."""

from __future__ import annotations

from vivavoce.engine.commands import Ending
from vivavoce.engine.plan import Plan

NEVER_OPENED = Ending("caller_hung_up", "The line was never opened.")
SILENT_FOR_TOO_LONG = Ending("silence", "The caller was silent for too long.")
LASTED_TOO_LONG = Ending("max_duration", "The call reached its maximum duration.", 1000, "max_duration_exceeded")
DRAINED = Ending("drained", "The server is being stopped.")
NO_VOICE = Ending("voice_failed", "No voice works.", 1002, "tts_cascade_error")


def ear_failed(reason: str) -> Ending:
    """The caller cannot be heard any more."""
    return Ending("ear_failed", f"The ear failed: {reason}", 1002, "asr_transcription_error")


def mind_failed(plan: Plan, reason: str) -> Ending:
    """No model of the plan could answer."""
    error = "custom_llm_error" if plan.mind.model.model == "custom-llm" else "cascade_brain_error"
    if "silent" in reason:
        error = "llm_timeout"
    return Ending("mind_failed", f"No model could answer: {reason.rstrip('.')}.", 1002, error)
