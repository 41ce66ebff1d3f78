/** Shows how far a replay is: a bar that is drawn over itself on a terminal, elsewhere a plain line now and then. */
import { progressBar, progressLine, RateMeter, type Progress } from '../core/progress-text.ts';

export interface ProgressDisplay {
  /** Takes the latest; drawn when it is time. */
  update(figures: Pick<Progress, 'share' | 'accepted' | 'rejected'>): void;
  /** Why nothing moves; null when it moves again. */
  wait(why: string | null): void;
  /** Leaves the line free for what is said next. */
  stop(): void;
}

const drawEveryMs = 200;
const lineEveryMs = 5_000;

export function showProgress(
  stream: NodeJS.WriteStream,
  /** What is acknowledged from earlier. */
  begin: { acknowledged: number; share: number },
  /** False for terminals that cannot erase a line. */
  canRedraw: boolean,
): ProgressDisplay {
  const meter = new RateMeter();
  meter.add(performance.now(), begin.acknowledged, begin.share);
  let latest: Pick<Progress, 'share' | 'accepted' | 'rejected'> | null = null;
  let waiting: string | null = null;
  const isRedrawn = stream.isTTY && canRedraw;
  let isLineOpen = false;

  function draw(): void {
    if (latest === null && waiting === null) return;
    const figures = latest ?? { share: begin.share, accepted: begin.acknowledged, rejected: 0 };
    meter.add(performance.now(), figures.accepted + figures.rejected, figures.share);
    const progress = { ...figures, ...meter.read(), waiting };
    isLineOpen = isRedrawn;
    if (isRedrawn)
      stream.write(`\r\u001b[2K${progressBar(progress, stream.columns > 0 ? stream.columns : 80)}`);
    else stream.write(`${progressLine(progress)}\n`);
  }

  const timer = setInterval(draw, isRedrawn ? drawEveryMs : lineEveryMs);
  timer.unref();
  return {
    update(figures) {
      latest = figures;
    },
    wait(why) {
      waiting = why;
    },
    stop() {
      clearInterval(timer);
      if (isRedrawn) draw();
      if (isLineOpen) stream.write('\n');
      isLineOpen = false;
    },
  };
}
