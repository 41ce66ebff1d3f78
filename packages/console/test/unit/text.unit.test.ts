import { describe, expect, test } from 'vitest';
import { dayTicks } from '../../app/charts/axis.ts';
import { groupRestatements } from '../../app/pages/figure/group-restatements.ts';
import { addDays, dayNumber, dayText, isDay } from '../../app/text/days.ts';
import { formatAge, formatCode, formatDay, formatPercent } from '../../app/text/format.ts';
import { readSamples } from '../../app/text/prometheus.ts';

describe('numbers, days and times', () => {
  test('read as people write them', () => {
    expect(formatPercent(0.1923)).toBe('19.2%');
    expect(formatPercent(null)).toBe('–');
    expect(formatDay('2026-03-01')).toBe('1 Mar 2026');
    expect(formatCode('late_touchpoint')).toBe('late touchpoint');
    expect(formatAge('2026-03-01T00:00:00Z', Date.parse('2026-03-01T03:00:00Z'))).toBe('3 h ago');
  });

  test('go from day to number and back, over leap days', () => {
    expect(dayText(dayNumber('2024-02-29'))).toBe('2024-02-29');
    expect(addDays('2024-02-28', 2)).toBe('2024-03-01');
    expect([isDay('2026-03-01'), isDay('2026-3-1'), isDay('2026-13-01'), isDay(undefined)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the ticks of an axis of days', () => {
  test('include the last day of a short range', () => {
    const ticks = dayTicks(dayNumber('2026-03-01'), dayNumber('2026-03-30'), 6);
    expect(ticks.at(-1)?.text).toBe('30 Mar');
    expect(ticks.length).toBeLessThanOrEqual(6);
  });

  test('are beginnings of months of a long one, January among them', () => {
    const ticks = dayTicks(dayNumber('2024-01-05'), dayNumber('2026-12-31'), 8);
    expect(ticks.map(({ text }) => text)).toContain('Jan 2026');
    expect(ticks.length).toBeLessThanOrEqual(8);
  });
});

describe('restatements', () => {
  const one = { figure: 'active', dimensions: {}, cause: 'late_touchpoint', reasons: ['a'] };
  test('that came together for one cause are one group with its span, newest first', () => {
    const early = '2026-03-10T10:00:00.000Z';
    const late = '2026-03-11T10:00:00.000Z';
    const groups = groupRestatements([
      { ...one, from: '2026-03-02', to: '2026-03-02', change: 2, changedAt: early },
      { ...one, from: '2026-03-01', to: '2026-03-01', change: 1, changedAt: early },
      { ...one, from: '2026-03-01', to: '2026-03-05', change: -1, changedAt: late, reasons: ['b'] },
    ]);
    expect(groups.map(({ from, to, least, most }) => [from, to, least, most])).toEqual([
      ['2026-03-01', '2026-03-05', -1, -1],
      ['2026-03-01', '2026-03-02', 1, 2],
    ]);
    expect(groups[1]?.reasons).toEqual(['a']);
  });
});

describe('samples of Prometheus', () => {
  test('are read with their labels, escapes and neighbours', () => {
    const text = '# TYPE a gauge\na{x="1",y="q\\"\\\\"} 5\nab 7\na 3\n';
    expect(readSamples(text, 'a')).toEqual([
      { labels: { x: '1', y: 'q"\\' }, value: 5 },
      { labels: {}, value: 3 },
    ]);
  });
});
