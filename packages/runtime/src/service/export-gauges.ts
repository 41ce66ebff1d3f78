/** Gauges of what a service reads when the metrics are fetched. */
import { Gauge, type Registry } from 'prom-client';

/** @param read values by name; null where there are none, or they cannot be read: an old value would be taken for a new one */
export function exportGauges<Name extends string>(
  registry: Registry,
  helps: Readonly<Record<Name, string>>,
  read: () => Promise<Readonly<Record<Name, number>> | null>,
): void {
  let reading: Promise<Readonly<Record<Name, number>> | null> | null = null;
  /** One read serves all gauges, which are collected at once. */
  const readOnce = () => {
    reading ??= read()
      .catch(() => null)
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  for (const name of Object.keys(helps) as Name[]) {
    new Gauge({
      name,
      help: helps[name],
      registers: [registry],
      async collect() {
        const values = await readOnce();
        this.remove();
        if (values !== null) this.set(values[name]);
      },
    });
  }
}
