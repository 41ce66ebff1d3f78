/** The cost of a touchpoint of a regular customer beside that of a new one, as a person reads it. */
import { spreadOf } from '../compare/spread.ts';
import { sum } from '../sum.ts';
import type { WholeWay } from '../whole-way.ts';
import type { Flat } from './measure-flat.ts';

const goal = 1.5;

export function flatText({ log, touchpoints, rounds }: Flat): string {
  const ratio = (figure: (cost: WholeWay) => number): number =>
    spreadOf(rounds.map(({ regulars, newcomers }) => figure(regulars) / figure(newcomers))).median;
  const micros = (one: 'regulars' | 'newcomers', figure: (cost: WholeWay) => number): string =>
    spreadOf(rounds.map((round) => figure(round[one]))).median.toFixed(0);
  const row = (name: string, figure: (cost: WholeWay) => number): string =>
    `  ${name.padEnd(20)}${micros('newcomers', figure).padStart(10)}${micros('regulars', figure).padStart(10)}${ratioCell(ratio(figure))}`;
  const all = ({ cpuMicros }: WholeWay): number => sum(cpuMicros);
  const processes = Object.keys(rounds[0]?.regulars.cpuMicros ?? {});
  return `${[
    `log in ${log}: late visits, ${touchpoints} of new customers and ${touchpoints} of customers with 3650 daily visits; ${rounds.length} rounds`,
    '',
    `${'CPU of a touchpoint, µs'.padEnd(22)}${'new'.padStart(10)}${'regular'.padStart(10)}   ratio`,
    row('all processes', all),
    ...processes.map((name) => row(name, ({ cpuMicros }) => cpuMicros[name] ?? Number.NaN)),
    '',
    `regular / new ${ratio(all).toFixed(2)}, at most ${goal}: ${ratio(all) <= goal ? 'met' : 'not met'}`,
  ].join('\n')}\n`;
}

/** What used no tick of CPU has no ratio. */
function ratioCell(ratio: number): string {
  return (Number.isFinite(ratio) ? ratio.toFixed(2) : '-').padStart(8);
}
