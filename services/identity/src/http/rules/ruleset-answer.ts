/** A version of the rules, as answers show it: how far the work on it is, and what it changes. */
import { AppError, maxWhatIfMemberships, whatIfAnswerSchema } from '@throughline/contracts';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { AskedFigures, AskWhatIf } from '../../ask-metrics.ts';
import { findIdentifiers } from '../../db/find-identifiers.ts';
import { findRuleset, type StoredRuleset } from '../../db/rules/rulesets.ts';
import type { ChangedMemberships, RulesMaker } from './rules-maker.ts';

const namedSchema = z.object({ id: z.string(), type: z.string(), value: z.string() });

const reportSchema = z.object({
  identifiers: z.int().describe('Identifiers that are in another profile.'),
  touchpoints: z.int().describe('Touchpoints that belong to them, and so are in another profile.'),
  profilesJoined: z.int().describe('Profiles whose identifiers come from several.'),
  profilesParted: z.int().describe('Profiles whose identifiers are in several afterwards.'),
  examples: z
    .array(
      z.object({
        kind: z.enum(['joined', 'parted']),
        profile: namedSchema.describe('The founder of the profile that joins others, or that parts.'),
        others: z.array(namedSchema),
      }),
    )
    .describe('At most 20 of each kind, with at most 10 others each.'),
  figures: z
    .discriminatedUnion('state', [
      z.object({ state: z.literal('answered'), days: whatIfAnswerSchema.shape.days }),
      z.object({ state: z.literal('unavailable'), message: z.string() }),
    ])
    .exactOptional()
    .describe('While it is evaluated: growth before and after, as metrics computes it; or why it does not.'),
});

export const evaluationSchema = z.object({
  version: z.int(),
  state: z
    .enum(['evaluating', 'evaluated', 'publishing', 'in_force', 'replaced', 'discarded'])
    .describe(
      'evaluating: worked out beside the live state; evaluated: the report is there; publishing: in force, and its changes are sent to metrics; in_force; replaced by a later version; discarded.',
    ),
  activates: z.boolean().describe('It is put in force as soon as it is evaluated.'),
  progress: z.object({
    phase: z.string(),
    done: z.int().describe('Touchpoints that are worked out.'),
    total: z.int().describe('Touchpoints when the work began.'),
  }),
  report: reportSchema.nullable().describe('What it changes; null until it is evaluated.'),
  madeAt: z.string(),
  evaluatedAt: z.string().nullable(),
  inForceAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
export type EvaluationAnswer = z.infer<typeof evaluationSchema>;

export interface RulesetReader {
  pool: Pool;
  rules: Pick<RulesMaker, 'changedMemberships'>;
  askWhatIf: AskWhatIf;
}

/** @throws AppError policy_not_found */
export async function readRuleset(pool: Pool, version: number): Promise<StoredRuleset> {
  const ruleset = await findRuleset(pool, version);
  if (ruleset === null) throw new AppError('policy_not_found', '');
  return ruleset;
}

/** @param withFigures asks metrics, which takes a while */
export async function evaluationAnswer(
  reader: RulesetReader,
  ruleset: StoredRuleset,
  withFigures: boolean,
): Promise<EvaluationAnswer> {
  const { version, state, activate: activates, phase, done, total } = ruleset;
  const { madeAt, evaluatedAt, inForceAt, endedAt } = ruleset;
  const report = await reportAnswer(reader, ruleset, withFigures);
  return {
    version,
    state,
    activates,
    progress: { phase, done, total },
    report,
    madeAt,
    evaluatedAt,
    inForceAt,
    endedAt,
  };
}

async function reportAnswer(
  { pool, rules, askWhatIf }: RulesetReader,
  { version, state, kind, report }: StoredRuleset,
  withFigures: boolean,
): Promise<EvaluationAnswer['report']> {
  if (report === null) return null;
  const names = await findIdentifiers(
    pool,
    report.examples.flatMap(({ profile, others }) => [profile, ...others]),
  );
  const nameOf = (id: string) => {
    const found = names.get(id);
    return { id, type: found?.type ?? '', value: found?.value ?? '' };
  };
  const examples = report.examples.map((one) => ({
    kind: one.kind,
    profile: nameOf(one.profile),
    others: one.others.map(nameOf),
  }));
  const answer = { ...report, examples };
  if (!withFigures || state !== 'evaluated') return answer;
  const changed = await rules.changedMemberships(version);
  return { ...answer, figures: await askFigures(askWhatIf, kind, changed) };
}

async function askFigures(
  askWhatIf: AskWhatIf,
  kind: StoredRuleset['kind'],
  memberships: ChangedMemberships,
): Promise<AskedFigures> {
  if (memberships === null) {
    const message = `more than ${maxWhatIfMemberships} memberships would change; metrics is asked about ${maxWhatIfMemberships} at most`;
    return { state: 'unavailable', message };
  }
  if (memberships.length === 0) return { state: 'answered', days: [] };
  return await askWhatIf({ cause: kind === 'withdrawal' ? 'withdrawal' : 'policy', memberships });
}
