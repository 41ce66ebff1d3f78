/** Whether two values say the same as JSON: the database has its own order of keys, and a member that is undefined is none. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isContainer(left) || !isContainer(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  const members = definedMembers(left);
  return (
    members.length === definedMembers(right).length &&
    members.every(([key, each]) => Object.hasOwn(right, key) && isSameJson(each, right[key]))
  );
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function definedMembers(container: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(container).filter(([, each]) => each !== undefined);
}
