/** A verification in words. */
import { z } from 'zod';
import { printableText } from './printable-text.ts';
import type { Step } from './progress-text.ts';

export const verificationSchema = z.looseObject({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  step: z.string().nullish(),
  checked: z.number().nullable(),
  differenceCount: z.number().nullable(),
  differences: z.array(
    z.looseObject({
      of: z.string(),
      figure: z.string(),
      dimensions: z.record(z.string(), z.union([z.string(), z.number()])),
      day: z.string(),
      maintained: z.number(),
      recomputed: z.number(),
    }),
  ),
  profiles: z.array(z.string()).default([]),
  message: z.string().nullable(),
});
export type Verification = z.infer<typeof verificationSchema>;

const steps = ['touchpoints', 'figures', 'comparison'];

/** How far a running one is; of how much its steps take nothing is known before. */
export function verificationStep({ step }: Verification): Step {
  const place = steps.indexOf(step ?? '');
  return {
    name: 'verification',
    share: place < 0 ? null : place / steps.length,
    remark: place < 0 ? 'it begins' : `${steps[place]}, ${place + 1} of ${steps.length}`,
  };
}

const maxShown = 20;

export function verificationReport({
  state,
  id,
  checked,
  differenceCount,
  differences,
  profiles,
  message,
}: Verification): string {
  if (state === 'running') return `verification ${id} is still running: ask for it later`;
  if (state === 'failed')
    return `verification ${id} failed: ${printableText(message ?? 'see the log of metrics')}`;
  const shown = differences.slice(0, maxShown).map((one) => {
    const dimensions = Object.entries(one.dimensions).map(([name, value]) => `${name}=${value}`);
    const place = printableText([one.figure, ...dimensions].join(' '));
    return `  ${one.day} ${place} (${printableText(one.of)}): kept ${one.maintained}, recomputed ${one.recomputed}`;
  });
  const left = (differenceCount ?? 0) - shown.length;
  return [
    `${checked ?? 0} values compared, ${differenceCount ?? 0} differ`,
    ...(message === null ? [] : [printableText(message)]),
    ...shown,
    ...(profiles.length === 0
      ? []
      : [`histories that differ: ${profiles.slice(0, maxShown).map(printableText).join(' ')}`]),
    ...(left > 0 ? [`  and ${left} more: --json has the first 1,000`] : []),
  ].join('\n');
}
