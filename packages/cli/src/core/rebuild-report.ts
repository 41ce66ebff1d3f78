/** A rebuild of the figures in words. */
import { z } from 'zod';
import { printableText } from './printable-text.ts';
import { formatCount, type Step } from './progress-text.ts';

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

/** How far a running one is: by the touchpoints that it holds, which are most of its work. */
export function rebuildStep({ step, touchpoints, expectedTouchpoints }: Rebuild): Step {
  const isFilled = step === 'verification';
  const hasEstimate = expectedTouchpoints !== null && expectedTouchpoints > 0;
  return {
    name: `rebuild, ${printableText(step ?? 'it begins')}`,
    share: isFilled ? 1 : hasEstimate ? Math.min(1, touchpoints / expectedTouchpoints) : null,
    remark: `${formatCount(touchpoints)}${hasEstimate ? ` of about ${formatCount(expectedTouchpoints)}` : ''} touchpoints`,
  };
}

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
