/**
 * The parameters that figures share, as their OpenAPI documents describe them. Requests are not validated by these schemas
 * but by `readQuery` and its neighbours, which name the configured windows and activities in their answers.
 */
import { z } from 'zod';
import { formats } from './csv.ts';

export const rangeParameters = {
  from: z.iso
    .date()
    .optional()
    .meta({ description: 'First day. Default 29 days before `to`.', examples: ['2026-03-01'] }),
  to: z.iso
    .date()
    .optional()
    .meta({
      description: 'Last day, included; at most three years from the first. Default today.',
      examples: ['2026-03-31'],
    }),
};

export const formatParameter = {
  format: z
    .enum(formats)
    .optional()
    .meta({ description: 'Default JSON, or what `Accept` prefers.', examples: ['csv'] }),
};

/** Windows, activities and stages may be others after a rebuild: the document names those of the start as examples, not as all. */
export function windowParameter(windows: readonly number[]): z.ZodType {
  return z
    .int()
    .min(1)
    .meta({
      description: `Days; one of the windows of the figures in use, others are refused with a list of them. When this process started: ${windows.join(', ')}.`,
      examples: [windows[0]],
    });
}

export function activityParameter(activities: readonly string[]): z.ZodType {
  return z.string().meta({
    description: `One of those that \`/v1/metrics/activities\` lists, by default \`purchase\`. When this process started: ${activities.join(', ')}.`,
    examples: [activities[0]],
  });
}

export function stageParameter(stages: readonly string[], description: string): z.ZodType {
  return z.string().meta({
    description: `${description} One of the stages of the journey map, or \`lapsed\`. When this process started: ${stages.join(', ')}.`,
    examples: [stages[0]],
  });
}

/** For routes whose query string is read by `readQuery`. */
export const readByRoute = () => (value: unknown) => ({ value });
