/** How long a split took, and what others saw of it, as a person reads it. */
import { spreadOf } from '../compare/spread.ts';
import type { ProbeResult } from '../driver-protocol.ts';
import { cookies, days, type Split, type SplitRound } from './measure-split.ts';

const goals = { splitMs: 2_000, othersMs: 400 };

export function splitText({ log, rounds }: Split): string {
  const cell = (value: number): string => value.toFixed(0).padStart(10);
  const row = (name: string, figure: (round: SplitRound) => number): string => {
    const { median, most } = spreadOf(rounds.map(figure));
    return `  ${name.padEnd(44)}${cell(median)}${cell(most)}`;
  };
  const longest = (of: (round: SplitRound) => ProbeResult): number =>
    spreadOf(rounds.map((round) => Math.max(...of(round).metricsVisibleMs))).median;
  const slowest = spreadOf(rounds.map(({ figuresMs }) => figuresMs)).most;
  const others = longest(({ during }) => during);
  const verdict = (isMet: boolean): string => (isMet ? 'met' : 'not met');
  return `${[
    `log in ${log}: a customer with ${cookies} cookies and one with ${days} daily visits are parted; ${rounds.length} rounds`,
    '',
    `${'ms'.padEnd(46)}${'median'.padStart(10)}${'most'.padStart(10)}`,
    row('the request is answered', ({ answeredMs }) => answeredMs),
    row('the profile API shows two profiles', ({ profilesMs }) => profilesMs),
    row('the figures count two customers', ({ figuresMs }) => figuresMs),
    row('longest of another customer, before', ({ before }) => Math.max(...before.metricsVisibleMs)),
    row('longest of another customer, during', ({ during }) => Math.max(...during.metricsVisibleMs)),
    '',
    `the split, ms ${slowest.toFixed(0)}, at most ${goals.splitMs}: ${verdict(slowest <= goals.splitMs)}`,
    `another customer's touchpoint in the figures meanwhile, ms ${others.toFixed(0)}, at most ${goals.othersMs}: ${verdict(others <= goals.othersMs)}`,
  ].join('\n')}\n`;
}
