/** Cohorts by row, buckets by column: a table of shares, each as strongly coloured as it is large. */
import type { Cohort } from '../api/cohort-answers.ts';
import { formatCount, formatDay, formatMonth } from '../text/format.ts';

interface HeatMapProps {
  name: string;
  period: string;
  cohorts: readonly Cohort[];
  buckets: readonly string[];
  /** The row of all cohorts. */
  mean: readonly (number | null)[];
}

export function HeatMap({ name, period, cohorts, buckets, mean }: HeatMapProps) {
  // What no cohort has reached yet has no column.
  const shown = buckets.slice(0, Math.max(0, ...cohorts.map(({ values }) => values.length - 1)));
  return (
    <div class="scroll" role="region" aria-label={name} tabIndex={0}>
      <table class="heat-map">
        <caption class="unseen">{name}</caption>
        <thead>
          <tr>
            <th scope="col">{period}</th>
            <th scope="col" class="number">
              Customers
            </th>
            {shown.map((bucket) => (
              <th key={bucket} scope="col" class="number">
                {bucket}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr class="mean">
            <th scope="row">All</th>
            <td class="number">{formatCount(cohorts.reduce((sum, { size }) => sum + size, 0))}</td>
            {shown.map((bucket, index) => (
              <Cell key={bucket} share={mean[index] ?? null} isPartial={false} />
            ))}
          </tr>
          {cohorts.map((cohort) => (
            <Row key={cohort.cohort} cohort={cohort} period={period} buckets={shown} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ cohort, period, buckets }: { cohort: Cohort; period: string; buckets: readonly string[] }) {
  const { size, values, partialFrom } = cohort;
  return (
    <tr>
      <th scope="row">{period === 'month' ? formatMonth(cohort.cohort) : formatDay(cohort.cohort)}</th>
      <td class="number">{formatCount(size)}</td>
      {buckets.map((bucket, index) => {
        const value = values[index + 1];
        if (value === undefined || size === 0) return <td key={bucket} />;
        return (
          <Cell
            key={bucket}
            share={value / size}
            isPartial={partialFrom !== null && index + 1 >= partialFrom}
            title={`${formatCount(value)} of ${formatCount(size)}`}
          />
        );
      })}
    </tr>
  );
}

function Cell({ share, isPartial, title }: { share: number | null; isPartial: boolean; title?: string }) {
  if (share === null) return <td />;
  return (
    <td
      class={`number heat${isPartial ? ' partial' : ''}`}
      title={isPartial ? `${title ?? ''}, not over yet` : title}
      style={{ '--share': String(share) }}
    >
      {Math.round(share * 100)}%
    </td>
  );
}
