/** JSON with a line for each operation of an OpenAPI document: differences are read by people, and the files stay small. */
const linesTo = 3;

export function compactJson(value: unknown, depth = 0): string {
  if (depth >= linesTo || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  const indent = '  '.repeat(depth + 1);
  const members = Object.entries(value).map(
    ([key, member]) => `${indent}${JSON.stringify(key)}: ${compactJson(member, depth + 1)}`,
  );
  if (members.length === 0) return '{}';
  return `{\n${members.join(',\n')}\n${'  '.repeat(depth)}}`;
}
