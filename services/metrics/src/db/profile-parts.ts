/**
 * The parts of a profile: its founder, and the identifiers that have it as theirs. What is attached to a part counts; its own
 * history too, unless it is attached itself, since that counts at its root then.
 */

/** $1 is the generation. @param profile an expression for its id */
export function profileParts(profile: string): string {
  return `
    select id, root, identifying, attached_identifying from metrics.identifier
    where id = ${profile} and profile = ${profile} and generation = $1
    union all
    select id, root, identifying, attached_identifying from metrics.identifier
    where profile = ${profile} and profile <> id and generation = $1`;
}

/** Whether the profile of parts that are named `part` is identified; an aggregate. */
export const isIdentified =
  'bool_or(part.attached_identifying > 0 or part.identifying and part.root = part.id)';

/** An aggregate of the active days of `part`. @param activity an expression. @param condition on `day` */
export function activeDayOfPart(aggregate: 'max' | 'min', activity: string, condition: string): string {
  const days = (isAttached: string) => `
    (select ${aggregate}(day) from metrics.activity_day
     where identifier = part.id and ${isAttached} and activity = ${activity} and ${condition} and generation + 0 = $1)`;
  const pick = aggregate === 'max' ? 'greatest' : 'least';
  return `${pick}(${days('is_attached')}, case when part.root = part.id then ${days('not is_attached')} end)`;
}
