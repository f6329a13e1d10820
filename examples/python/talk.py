"""Talk to an agent with the official Python SDK, by microphone or with WAV files.

    python talk.py agent_...                                      microphone and speaker
    python talk.py agent_... --in question.wav --out answer.wav   plays a file to the agent, keeps what is heard

The server and the key come from VIVAVOCE_URL and VIVAVOCE_API_KEY, or from --server and --key. A key is needed only for
an agent that is not public: with one, the SDK asks for a signed URL first.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from elevenlabs import ElevenLabs
from elevenlabs.conversational_ai.conversation import AudioInterface, Conversation
from elevenlabs.core import ApiError
from httpx import HTTPError
from wav import WavAudio, WavError


def main() -> int:
    """Hold one conversation."""
    options = _options()
    try:
        audio = _audio(options)
    except ImportError as error:
        print(f"{error}. Install what the microphone needs: pip install -r requirements.txt", file=sys.stderr)
        return 2
    except (WavError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    conversation = Conversation(
        ElevenLabs(base_url=options.server, api_key=options.key or "none"),
        options.agent,
        requires_auth=bool(options.key),
        audio_interface=audio,
        callback_agent_response=lambda text: print(f"Agent: {text}", flush=True),
        callback_agent_response_correction=lambda _, heard: print(f"Agent was interrupted: {heard}", flush=True),
        callback_user_transcript=lambda text: print(f"You: {text}", flush=True),
    )
    if isinstance(audio, WavAudio):
        audio.when_over(conversation.end_session)
    signal.signal(signal.SIGINT, lambda *_: conversation.end_session())
    try:
        conversation.start_session()
    except (HTTPError, ApiError) as error:
        print(f"There is no signed URL to be had: {getattr(error, 'body', error)}", file=sys.stderr)
        return 1
    conversation_id = conversation.wait_for_session_end()
    if conversation_id is None:
        print("The conversation did not begin: is the server there, and the agent's id right?", file=sys.stderr)
        return 1
    print(f"Conversation {conversation_id}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Talk to an agent.")
    parser.add_argument("agent", help="its id, agent_...")
    parser.add_argument("--server", default=os.environ.get("VIVAVOCE_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--key", default=os.environ.get("VIVAVOCE_API_KEY"), help="for agents that are not public")
    parser.add_argument("--in", dest="spoken", type=Path, metavar="WAV", help="instead of the microphone")
    parser.add_argument("--out", dest="heard", type=Path, metavar="WAV", help="keeps what a caller would have heard")
    options = parser.parse_args()
    if options.heard and not options.spoken:
        parser.error("--out goes with --in")
    return options


def _audio(options: argparse.Namespace) -> AudioInterface:
    if options.spoken:
        return WavAudio(options.spoken, options.heard)
    from microphone import Microphone

    return Microphone()


if __name__ == "__main__":
    sys.exit(main())
