/**
 * Whether a user agent is that of a bot, by the list of `isbot`. Its pattern takes microseconds and the same few browsers come
 * again and again, so answers are remembered.
 */
import { isbot } from 'isbot';

const remembered = 2_000;
const maxLength = 1_000;

export function createBotCheck(): (userAgent: string) => boolean {
  const answers = new Map<string, boolean>();
  return (userAgent) => {
    const text = userAgent.slice(0, maxLength);
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = isbot(text);
    // Strangers choose what is remembered: begin again instead of growing.
    if (answers.size >= remembered) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}
