/** What a check of a deployment found, and how the findings read on a screen. */

export interface Finding {
  check: 'settings' | 'home' | 'disk' | 'database' | 'clock' | 'log' | 'services';
  state: 'ok' | 'warning' | 'fault';
  /** What is the case; of a fault, what is wrong and where. */
  message: string;
  /** What mends it; null where nothing has to be done. */
  remedy: string | null;
}

export const ok = (check: Finding['check'], message: string): Finding => ({
  check,
  state: 'ok',
  message,
  remedy: null,
});

const marks: Readonly<Record<Finding['state'], string>> = { ok: 'ok', warning: 'WARNING', fault: 'FAULT' };

export function doctorScreen(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, state, message, remedy }) => [
    `  ${marks[state].padEnd(9)}${check.padEnd(10)}${message}`,
    ...(remedy === null ? [] : [`${' '.repeat(21)}${remedy}`]),
  ]);
  const count = (state: Finding['state']): number => findings.filter((each) => each.state === state).length;
  const [faults, warnings] = [count('fault'), count('warning')];
  const summary =
    faults + warnings === 0
      ? 'Nothing is wrong.'
      : `${faults} ${faults === 1 ? 'fault' : 'faults'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`;
  return ['', ...lines, '', `  ${summary}`, ''].join('\n');
}
