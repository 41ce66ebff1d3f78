/** The figures that the console draws by day, as what they are and where they are in the answers. */
import type { GrowthDay } from '../../api/metrics-answers.ts';
import { formatCount, formatPercent, formatRatio } from '../../text/format.ts';

export interface ShownFigure {
  name: string;
  title: string;
  /** Of the axis. */
  unit: string;
  /** Where the definition in words and the CSV come from. */
  route: 'growth' | 'churn' | 'retention';
  valueOf: (day: GrowthDay) => number | null;
  format: (value: number | null) => string;
  /** Shares are drawn on an axis from 0, like counts, and never beyond 1. */
  isShare: boolean;
  /** Whether more of it is welcome, for the sign beside a change; null says nothing. */
  isMoreBetter: boolean | null;
}

const countOf = (
  name: 'active' | 'retained' | 'churned' | 'new' | 'reactivated' | 'customersAtStart',
  title: string,
  isMoreBetter: boolean | null,
): ShownFigure => ({
  name,
  title,
  unit: 'customers',
  route: 'growth',
  valueOf: (day) => day[name],
  format: formatCount,
  isShare: false,
  isMoreBetter,
});

const shareOf = (name: 'churn' | 'retention', title: string, part: 'churned' | 'retained'): ShownFigure => ({
  name,
  title,
  unit: 'of the customers at the start',
  route: name,
  valueOf: (day) => (day.customersAtStart === 0 ? null : day[part] / day.customersAtStart),
  format: formatPercent,
  isShare: true,
  isMoreBetter: name === 'retention',
});

export const figures: readonly ShownFigure[] = [
  shareOf('churn', 'Churn', 'churned'),
  shareOf('retention', 'Retention', 'retained'),
  countOf('active', 'Active customers', true),
  countOf('new', 'New customers', true),
  countOf('reactivated', 'Reactivated customers', true),
  countOf('churned', 'Churned customers', false),
  countOf('retained', 'Retained customers', true),
  countOf('customersAtStart', 'Customers at the start', null),
  {
    name: 'quickRatio',
    title: 'Quick ratio',
    unit: 'gained per lost customer',
    route: 'growth',
    valueOf: (day) => day.quickRatio,
    format: formatRatio,
    isShare: false,
    isMoreBetter: true,
  },
];

export function figureNamed(name: string | undefined): ShownFigure | null {
  return figures.find((figure) => figure.name === name) ?? null;
}
