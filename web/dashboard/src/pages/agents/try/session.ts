// A test call. Its address is a trial's: the server runs the person's own draft there, tells every event and allows a
// chat; nothing is made for it, so nothing has to be tidied up.

import { type Obstacle, obstacleOf, obstacleOfThisPage, SENTENCES } from "../../../call/microphone";
import { type CallSession, connect, type Told, type Wanted } from "../../../call/session";

const inWords = (obstacle: Obstacle) => `${SENTENCES[obstacle]} You can also try the agent as a chat.`;

export async function begin(wanted: Wanted, told: Told): Promise<CallSession> {
  const here = wanted.isText ? null : obstacleOfThisPage();
  if (here) throw new Error(inWords(here));
  try {
    return await connect(wanted, told);
  } catch (error) {
    const obstacle = obstacleOf(error);
    throw obstacle ? new Error(inWords(obstacle)) : error;
  }
}
