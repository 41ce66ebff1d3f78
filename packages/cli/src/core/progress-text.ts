/** How far a replay is, in words. */

export interface Progress {
  /** In [0, 1]. */
  share: number;
  accepted: number;
  rejected: number;
  /** Acknowledged a second, lately. */
  perSecond: number;
  /** Null while it is unknown. */
  secondsLeft: number | null;
  /** Why nothing moves, when nothing does. */
  waiting: string | null;
}

/** How far a service is with long work. */
export interface Step {
  name: string;
  /** In [0, 1]; null while it is unknown. */
  share: number | null;
  /** Such as how much there is. */
  remark?: string;
}

const barWidth = 24;

export function progressBar(progress: Progress, columns: number): string {
  return fitted(`${barOf(progress.share)} ${progressLine(progress)}`, columns);
}

export function stepBar({ name, share, remark }: Step, seconds: number, columns: number): string {
  const parts = [
    ...(share === null ? [] : [barOf(share), `${Math.floor(share * 100)}%`]),
    `${name}${remark === undefined ? '' : `: ${remark}`}, ${formatDuration(seconds)}`,
  ];
  return fitted(parts.join(' '), columns);
}

function barOf(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
}

function fitted(line: string, columns: number): string {
  return line.length > columns ? `${line.slice(0, Math.max(0, columns - 1))}…` : line;
}

export function progressLine({
  share,
  accepted,
  rejected,
  perSecond,
  secondsLeft,
  waiting,
}: Progress): string {
  const parts = [
    `${(Math.floor(share * 1000) / 10).toFixed(1)}%`,
    `${formatCount(accepted)} accepted`,
    ...(rejected > 0 ? [`${formatCount(rejected)} rejected`] : []),
    // A rate of the time before would only promise something.
    ...(waiting === null ? paceParts(perSecond, secondsLeft) : [`waiting: ${waiting}`]),
  ];
  return parts.join('  ');
}

function paceParts(perSecond: number, secondsLeft: number | null): string[] {
  const rate = `${formatCount(Math.round(perSecond))}/s`;
  return secondsLeft === null ? [rate] : [rate, `${formatDuration(secondsLeft)} left`];
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** Rate over the last while, from samples of (time, count, share). */
export class RateMeter {
  readonly #samples: { atMs: number; count: number; share: number }[] = [];
  readonly #spanMs: number;

  constructor(spanMs = 10_000) {
    this.#spanMs = spanMs;
  }

  add(atMs: number, count: number, share: number): void {
    this.#samples.push({ atMs, count, share });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) <= atMs - this.#spanMs)
      this.#samples.shift();
  }

  read(): { perSecond: number; secondsLeft: number | null } {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs === first.atMs)
      return { perSecond: 0, secondsLeft: null };
    const seconds = (last.atMs - first.atMs) / 1_000;
    const sharePerSecond = (last.share - first.share) / seconds;
    return {
      perSecond: (last.count - first.count) / seconds,
      secondsLeft: sharePerSecond > 0 ? (1 - last.share) / sharePerSecond : null,
    };
  }
}
