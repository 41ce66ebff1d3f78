/** Shows how far a service is with long work: a bar that is drawn over itself on a terminal, elsewhere a line when something changes. */
import { stepBar, type Step } from './core/progress-text.ts';

export interface StepDisplay {
  show(step: Step): void;
  /** Leaves the line free for what is said next. */
  stop(): void;
}

const lineEveryMs = 10_000;

/** @param canRedraw false for terminals that cannot erase a line */
export function showSteps(stream: NodeJS.WriteStream, canRedraw: boolean): StepDisplay {
  const startedAt = performance.now();
  const isRedrawn = stream.isTTY && canRedraw;
  let said: { name: string | null; atMs: number } = { name: null, atMs: startedAt };
  let isLineOpen = false;
  return {
    show(step) {
      const now = performance.now();
      const text = stepBar(
        step,
        (now - startedAt) / 1_000,
        isRedrawn && stream.columns > 0 ? stream.columns : 200,
      );
      if (isRedrawn) {
        stream.write(`\r\u001b[2K${text}`);
        isLineOpen = true;
        return;
      }
      // What is done within moments has no line.
      const isOther = said.name !== null && step.name !== said.name;
      if (!isOther && now - said.atMs < lineEveryMs) said = { ...said, name: step.name };
      else {
        stream.write(`${text}\n`);
        said = { name: step.name, atMs: now };
      }
    },
    stop() {
      if (isLineOpen) stream.write('\r\u001b[2K');
      isLineOpen = false;
    },
  };
}
