/** A dead letter as a service answers it, and how a page of them reads on a screen. */
import { z } from 'zod';

export const deadLetterSchema = z.object({
  id: z.int(),
  group: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  state: z.string(),
  code: z.string(),
  message: z.string(),
  touchpoint: z.object({ source: z.string(), id: z.string() }).nullable(),
  savedAt: z.string(),
  attempts: z.int(),
  nextAttemptAt: z.string().nullable(),
  replays: z.int(),
  replayedAt: z.string().nullable(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

const messageWidth = 100;

/** Control characters would move the cursor of the terminal: a message may quote what a stranger sent. */
function printable(text: string): string {
  return text.replace(/\p{C}+/gu, ' ');
}

/** Three lines a letter, and an empty one. */
export function deadLetterLines(service: string, letter: DeadLetter): string[] {
  const { id, state, code, group, topic, partition, offset, savedAt, touchpoint, nextAttemptAt } = letter;
  const about = touchpoint === null ? '' : `  touchpoint ${touchpoint.id} of ${touchpoint.source}`;
  const next = nextAttemptAt === null ? '' : `  next attempt ${nextAttemptAt}`;
  return [
    `${service} ${id}  ${state}  ${code}  ${savedAt}${next}`,
    printable(`    ${group} at ${topic}/${partition}/${offset}${about}`),
    `    ${printable(letter.message).slice(0, messageWidth)}`,
    '',
  ];
}
