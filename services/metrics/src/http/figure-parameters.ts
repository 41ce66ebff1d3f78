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

export function windowParameter(windows: readonly number[]): z.ZodType {
  return z
    .literal([...windows])
    .meta({ description: 'Days; one of the configured windows.', examples: [windows[0]] });
}

export function activityParameter(activities: readonly string[]): z.ZodType {
  return z.enum(activities).meta({ description: 'Default `purchase`.', examples: [activities[0]] });
}

/** For routes whose query string is read by `readQuery`. */
export const readByRoute = () => (value: unknown) => ({ value });
