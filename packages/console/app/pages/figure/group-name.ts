/** What a group is called: the values of its dimensions. */
export function groupName(group: Readonly<Record<string, string | null>>): string {
  return Object.values(group)
    .map((value) => value ?? 'without a value')
    .join(', ');
}
