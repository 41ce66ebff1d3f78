/** Reads samples of Prometheus' text format, as far as the services write it. */

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

export function readSamples(text: string, name: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (match === null || match[1] !== name) continue;
    samples.push({ labels: readLabels(match[2] ?? ''), value: Number(match[3]) });
  }
  return samples;
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, label = '', value = ''] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[label] = value.replaceAll(/\\(.)/g, (_match, escaped: string) =>
      escaped === 'n' ? '\n' : escaped,
    );
  }
  return labels;
}
