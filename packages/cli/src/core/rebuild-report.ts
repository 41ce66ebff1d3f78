/** A rebuild of the figures in words. */
import { z } from 'zod';
import { printableText } from './printable-text.ts';

export const rebuildSchema = z.looseObject({
  id: z.string(),
  state: z.enum(['running', 'done', 'abandoned']),
  step: z.string().nullable(),
  touchpoints: z.number(),
  expectedTouchpoints: z.number().nullable(),
  inUseFrom: z.string().nullable(),
  message: z.string().nullable(),
});
export type Rebuild = z.infer<typeof rebuildSchema>;

export function rebuildReport({
  id,
  state,
  step,
  touchpoints,
  expectedTouchpoints,
  inUseFrom,
  message,
}: Rebuild): string {
  if (state === 'abandoned')
    return `rebuild ${id} was given up: ${printableText(message ?? 'see the log of metrics')}`;
  if (state === 'done') {
    return `rebuild ${id} is done: figures of ${touchpoints} touchpoints, in use from ${printableText(inUseFrom ?? '')}`;
  }
  const of =
    expectedTouchpoints === null || expectedTouchpoints <= 0 ? '' : ` of about ${expectedTouchpoints}`;
  return `rebuild ${id} runs (${printableText(step ?? '')}): it holds ${touchpoints}${of} touchpoints`;
}
