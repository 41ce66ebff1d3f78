/** Reads Prometheus' text format, as far as the services write it. */

export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** The samples of one metric; none when it does not stand there. */
export function readSamples(text: string, name: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (match?.[1] !== name) continue;
    const labels = [...(match[2] ?? '').matchAll(/(?:^|,)(\w+)="((?:[^"\\]|\\.)*)"/g)];
    samples.push({
      labels: Object.fromEntries(labels.map(([, label = '', value = '']) => [label, value])),
      value: Number(match[3]),
    });
  }
  return samples;
}
