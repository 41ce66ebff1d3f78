/** What a service that starts says to the process that started it, so that a slow start differs from one that stalls. */

/** `step`: what the service works on or waits for, such as `waits for the database`. */
export type StartReport = { type: 'starting'; step: string } | { type: 'ready' };

export type ReportStep = (step: string) => void;

/** Null for any other message. */
export function parseStartReport(message: unknown): StartReport | null {
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  if (message.type === 'ready') return { type: 'ready' };
  if (message.type !== 'starting' || !('step' in message) || typeof message.step !== 'string') return null;
  return { type: 'starting', step: message.step };
}
