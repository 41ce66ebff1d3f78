/** Of the values, whatever they are by. */
export function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, each) => total + each, 0);
}
