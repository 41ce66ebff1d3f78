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
        <tbody onPointerOver={explainCell}>
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
  const reached = size === 0 ? [] : values.slice(1, buckets.length + 1);
  return (
    <tr data-size={size}>
      <th scope="row">{period === 'month' ? formatMonth(cohort.cohort) : formatDay(cohort.cohort)}</th>
      <td class="number">{formatCount(size)}</td>
      {reached.map((value, index) => (
        <Cell
          key={buckets[index]}
          share={value / size}
          value={value}
          isPartial={partialFrom !== null && index + 1 >= partialFrom}
        />
      ))}
      {/* One cell instead of one a bucket: in a triangle they are half of the table. */}
      {reached.length === buckets.length ? null : <td colSpan={buckets.length - reached.length} />}
    </tr>
  );
}

/** Of colour, as classes: cells of one class share a computed style, which a thousand inline styles would not. */
const shades = 40;

interface CellProps {
  share: number | null;
  isPartial: boolean;
  /** How many of the cohort; undefined for a mean. */
  value?: number;
}

function Cell({ share, isPartial, value }: CellProps) {
  if (share === null) return <td />;
  return (
    <td class={`heat h${Math.round(share * shades)}${isPartial ? ' partial' : ''}`} data-value={value}>
      {Math.round(share * 100)}%
    </td>
  );
}

/** The counts behind a share, written when the cell is pointed at: a thousand of them cost a tenth of the drawing. */
function explainCell({ target }: Event): void {
  const cell = (target as Element).closest('td');
  const row = cell?.closest('tr');
  const [value, size] = [cell?.dataset['value'], row?.dataset['size']];
  if (cell === null || cell.title !== '' || value === undefined || size === undefined) return;
  const counts = `${formatCount(Number(value))} of ${formatCount(Number(size))}`;
  cell.title = cell.classList.contains('partial') ? `${counts}, not over yet` : counts;
}
