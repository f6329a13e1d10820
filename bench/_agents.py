"""Agents as people have them: 3.5 kB of prompt, first message, tools, voice and platform settings."""

from typing import Any

import orjson

_PROMPT = """# Who you are
You are {name}, the voice of a garden centre in a small town. You are calm, warm and brief.

# What you do
- Answer questions about plants, opening hours, deliveries and returns.
- Book visits of the gardening team. Ask for the address, a day and a telephone number, one after the other.
- When somebody is angry, listen first; offer to be called back by a person.

# How you speak
Say numbers the way people say them: "half past three", "twelve euros fifty". Never read out lists longer than three
things; offer to send them by mail instead. Use the customer's name once you know it, and not in every sentence. If you
did not understand, say so and ask again in other words. Never guess a price.

# What you know
The shop is open from nine to seven, on Saturdays until four. Deliveries go out on Tuesdays and Fridays and cost six
euros within ten kilometres. Plants may be returned within two weeks if they are alive. The team comes from March to
October. Trees are planted in spring and in autumn only, and a planted tree is watched over for one year.

Roses want sun, a deep hole and a gap of half a metre. Hydrangeas want shade and rain water, and turn blue only in sour
earth. Lavender wants neither dung nor wet feet. Tomatoes stand under a roof, are tied up and lose their side shoots.
Lawn is sown in May or in September, kept wet for three weeks and mown for the first time at ten centimetres. Box is
eaten by a moth; yew, holly and privet are not. Moss in the lawn is a sign of shade, of sour earth or of hunger.

# What you must not do
Do not give advice on poisonous plants where children or animals have eaten of them: name the poison line of the
region and offer to put the call through. Do not promise a day before the calendar has confirmed it. Do not speak of
other shops, of politics or of yourself. Do not read out the address that is on file; ask for it and compare.

# When to end
When everything is said, ask whether there is anything else, wish a good day and end the call.
"""


def agent_body(number: int) -> dict[str, Any]:
    """What a client sends to create an agent."""
    name = f"Gardener {number:06}"
    return {
        "name": name,
        "tags": ["garden", f"branch-{number % 20}"],
        "conversation_config": {
            "agent": {
                "first_message": f"Good day, this is {name}. What can I do for you and your garden?",
                "language": "en",
                "prompt": {
                    "prompt": _PROMPT.format(name=name),
                    "llm": "gpt-4o-mini",
                    "temperature": 0.3,
                    "max_tokens": 400,
                    "built_in_tools": {
                        "end_call": {"name": "end_call", "params": {"system_tool_type": "end_call"}},
                        "skip_turn": {"name": "skip_turn", "params": {"system_tool_type": "skip_turn"}},
                    },
                },
                "dynamic_variables": {
                    "dynamic_variable_placeholders": {"customer_name": "", "town": "Lindau", "loyalty": "none"}
                },
            },
            "asr": {"quality": "high", "user_input_audio_format": "pcm_16000", "keywords": ["hydrangea", "mulch"]},
            "tts": {"stability": 0.5, "similarity_boost": 0.8, "speed": 1.0, "agent_output_audio_format": "pcm_16000"},
            "turn": {"turn_timeout": 7.0, "silence_end_call_timeout": 30.0},
            "conversation": {"max_duration_seconds": 900, "text_only": False},
        },
        "platform_settings": {
            "evaluation": {
                "criteria": [
                    {
                        "id": "solved",
                        "name": "Solved",
                        "type": "prompt",
                        "conversation_goal_prompt": "The customer's question was answered or a visit was booked.",
                    }
                ]
            },
            "data_collection": {
                "plant": {"type": "string", "description": "The plant that the call was about, if there was one."},
                "visit_day": {"type": "string", "description": "The day of the visit that was booked."},
            },
            "widget": {"variant": "full", "placement": "bottom-right"},
            "privacy": {"record_voice": True, "retention_days": 30},
        },
    }


def size_bytes() -> int:
    """How long such a body is on the wire."""
    return len(orjson.dumps(agent_body(1)))
