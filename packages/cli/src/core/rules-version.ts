/** A version of the rules of identity, and what it changes, in words. */
import { z } from 'zod';
import { printableText } from './printable-text.ts';

const namedSchema = z.looseObject({ type: z.string(), value: z.string(), id: z.string() });

/** Counts and rates; null where there is none. */
const keyFiguresSchema = z.record(z.string(), z.number().nullable());
type KeyFigures = z.infer<typeof keyFiguresSchema>;

const figuresSchema = z.discriminatedUnion('state', [
  z.looseObject({
    state: z.literal('answered'),
    days: z.array(
      z.looseObject({
        day: z.string(),
        figures: z.array(
          z.looseObject({
            activity: z.string(),
            window: z.number(),
            before: keyFiguresSchema,
            after: keyFiguresSchema,
          }),
        ),
      }),
    ),
  }),
  z.looseObject({ state: z.literal('unavailable'), message: z.string() }),
]);

const reportSchema = z.looseObject({
  identifiers: z.number(),
  touchpoints: z.number(),
  profilesJoined: z.number(),
  profilesParted: z.number(),
  examples: z.array(
    z.looseObject({ kind: z.enum(['joined', 'parted']), profile: namedSchema, others: z.array(namedSchema) }),
  ),
  figures: figuresSchema.optional(),
});

export const rulesVersionSchema = z.looseObject({
  version: z.number(),
  kind: z.string(),
  state: z.enum(['evaluating', 'evaluated', 'publishing', 'in_force', 'replaced', 'discarded']),
  activates: z.boolean(),
  policy: z.looseObject({}),
  note: z.string(),
  madeAt: z.string(),
  madeBy: z.looseObject({ key: z.string(), author: z.string().nullable() }),
  inForceAt: z.string().nullable(),
  progress: z.looseObject({ phase: z.string(), done: z.number(), total: z.number() }),
  report: reportSchema.nullable(),
});
export type RulesVersion = z.infer<typeof rulesVersionSchema>;

export function stateText({ state, activates, inForceAt }: RulesVersion): string {
  switch (state) {
    case 'evaluating':
      return activates ? 'being evaluated, then put in force' : 'being evaluated';
    case 'evaluated':
      return activates ? 'evaluated, about to be put in force' : 'evaluated, not in force';
    case 'publishing':
      return 'in force, its changes are being published';
    case 'in_force':
      return `in force since ${inForceAt ?? ''}`;
    case 'replaced':
    case 'discarded':
      return state;
    default:
      return state satisfies never;
  }
}

export function progressText({ version, progress: { phase, done, total } }: RulesVersion): string {
  return `version ${version}: touchpoints worked out ${done} of ${total}, at the phase ${printableText(phase)}`;
}

export function rulesVersionText(one: RulesVersion): string {
  const { version, kind, note, madeAt, madeBy, report } = one;
  const by = madeBy.author === null ? madeBy.key : `${madeBy.author} with ${madeBy.key}`;
  return [
    `version ${version} (${printableText(kind)}): ${stateText(one)}`,
    `made at ${printableText(madeAt)} by ${printableText(by)}${note === '' ? '' : `: ${printableText(note)}`}`,
    ...(report === null ? [progressText(one)] : reportLines(report)),
  ].join('\n');
}

function reportLines(report: z.infer<typeof reportSchema>): string[] {
  const { identifiers, touchpoints, profilesJoined, profilesParted, examples, figures } = report;
  return [
    'What it changes:',
    `  identifiers in another profile: ${identifiers}`,
    `  touchpoints in another profile: ${touchpoints}`,
    `  profiles that join others: ${profilesJoined}`,
    `  profiles that part: ${profilesParted}`,
    ...examples.map(({ kind, profile, others }) => {
      const link = kind === 'joined' ? 'joins' : 'parts into';
      return `  ${nameOf(profile)} ${link} ${others.map(nameOf).join(', ')}`;
    }),
    ...(figures === undefined ? [] : figureLines(figures)),
  ];
}

/** An erased one has no value any more. */
function nameOf({ type, value, id }: z.infer<typeof namedSchema>): string {
  return printableText(value === '' ? id : `${type}:${value}`);
}

function figureLines(figures: z.infer<typeof figuresSchema>): string[] {
  if (figures.state === 'unavailable') return [`Key figures: ${printableText(figures.message)}`];
  const lines = figures.days.flatMap(({ day, figures: ofDay }) =>
    ofDay.map(
      ({ activity, window, before, after }) =>
        `  ${printableText(`${day} ${activity}`)}, ${window} days: ${differences(before, after).join(', ')}`,
    ),
  );
  return lines.length === 0 ? ['Key figures: none would change'] : ['Key figures:', ...lines];
}

function differences(before: KeyFigures, after: KeyFigures): string[] {
  return Object.entries(after).flatMap(([name, value]) => {
    const former = before[name] ?? null;
    return former === value ? [] : [`${printableText(name)} ${numberText(former)} -> ${numberText(value)}`];
  });
}

function numberText(value: number | null): string {
  if (value === null) return 'none';
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}
