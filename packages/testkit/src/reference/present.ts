/** The value, where the model's own construction says that there is one. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the reference model contradicts itself: a value is missing');
  return value;
}
