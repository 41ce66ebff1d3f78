import { describe, expect, test } from 'vitest';
import { type RulesVersion, rulesVersionText } from '../../src/core/rules-version.ts';

const version: RulesVersion = {
  version: 3,
  kind: 'policy',
  state: 'evaluated',
  activates: false,
  policy: {},
  note: 'one \u001b[2J card each',
  madeAt: '2026-03-01T10:00:00.000Z',
  madeBy: { key: 'admin', author: null },
  inForceAt: null,
  progress: { phase: 'ready', done: 7, total: 7 },
  report: { identifiers: 2, touchpoints: 5, profilesJoined: 0, profilesParted: 1, examples: [] },
};
const report = version.report;
if (report === null) throw new Error('the version has a report');

const figures = { customersAtStart: 4, active: 3, churned: 1, churn: 0.25 };

describe('a version of the rules in words', () => {
  test('says what it changes, with each key figure before and after', () => {
    const days = [
      {
        day: '2026-02-28',
        figures: [
          {
            activity: 'purchase',
            window: 30,
            before: figures,
            after: { ...figures, active: 4, churned: 0, churn: 0 },
          },
        ],
      },
    ];
    const text = rulesVersionText({
      ...version,
      report: { ...report, figures: { state: 'answered', days } },
    });
    expect(text).toContain('version 3 (policy): evaluated, not in force\n');
    expect(text).toContain('  profiles that part: 1\n');
    expect(text).toContain(
      '  2026-02-28 purchase, 30 days: active 3 -> 4, churned 1 -> 0, churn 0.2500 -> 0',
    );
  });

  test('says that no key figure would change, and why there are none', () => {
    const none = { ...report, figures: { state: 'answered' as const, days: [] } };
    expect(rulesVersionText({ ...version, report: none })).toContain('Key figures: none would change');
    const unavailable = {
      ...report,
      figures: { state: 'unavailable' as const, message: 'metrics does not answer' },
    };
    expect(rulesVersionText({ ...version, report: unavailable })).toContain(
      'Key figures: metrics does not answer',
    );
  });

  test('names profiles by their founders, and erased ones by their ids', () => {
    const named = (value: string) => ({ id: `id-${value}`, type: 'user_id', value });
    const examples = [
      { kind: 'joined' as const, profile: named('ada'), others: [named('bob'), named('')] },
      { kind: 'parted' as const, profile: named('cyd'), others: [named('dan')] },
    ];
    const text = rulesVersionText({ ...version, report: { ...report, examples } });
    expect(text).toContain('  user_id:ada joins user_id:bob, id-\n  user_id:cyd parts into user_id:dan');
  });

  test('is safe on a terminal, and says how far one is that has no report yet', () => {
    const text = rulesVersionText({ ...version, state: 'evaluating', report: null });
    expect(text).not.toContain('\u001b');
    expect(text).toContain('touchpoints worked out 7 of 7, at the phase ready');
  });
});
