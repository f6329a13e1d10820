// What a visitor sees of a talk: not what the agent does behind it, and not how it was told to sound.

import type { Turn } from "../words/talk";

const TAG = /\[[a-z][a-z ,'-]{0,40}\]\s?/gi;

interface Wanted {
  show_agent_status?: boolean | undefined;
  strip_audio_tags?: boolean | undefined;
}

export function shownTurns(turns: Turn[], widget: Wanted): Turn[] {
  const seen = widget.show_agent_status === true ? turns : turns.filter(({ who }) => who !== "tool");
  return widget.strip_audio_tags === false ? seen : seen.map(withoutTags);
}

/** "[laughs] Of course." is "Of course.": the tag was for the voice. */
function withoutTags(turn: Turn): Turn {
  if (turn.who !== "agent" || !turn.text.includes("[")) return turn;
  const { original } = turn;
  return {
    ...turn,
    text: turn.text.replace(TAG, ""),
    ...(original === undefined ? {} : { original: original.replace(TAG, "") }),
  };
}
