/** Why a profile is one person, or two profiles are two, in lines for a terminal. */
import type { End, Link, MemberPage, Pair } from './explained.ts';

const refusedShown = 5;

export function profileText({
  profile,
  members,
  isWhole,
}: Pick<MemberPage, 'profile' | 'members'> & { isWhole: boolean }): string {
  const lines = members.flatMap((member) => [
    `  ${nameOf(member.identifier)}`,
    member.heldBy === null ? '    founds the profile' : `    held by ${linkText(member.heldBy)}`,
    ...member.refused
      .slice(0, refusedShown)
      .map((each) => `    not joined with ${nameOf(each.to)}: ${each.reason}. ${each.explanation}`),
    ...(member.refused.length > refusedShown
      ? [`    and ${member.refused.length - refusedShown} more links that join nothing`]
      : []),
  ]);
  const more = isWhole ? [] : ['', '  There are more: --limit shows up to 1000.'];
  return ['', `  profile ${profile}`, '', ...lines, ...more, ''].join('\n');
}

export function pairText({ verdict, path, refused }: Pair): string {
  const lines = [
    ...path.map((step) => `  ${nameOf(step.from)} is joined with ${linkText(step)}`),
    ...refused.map(
      (each) =>
        `  ${nameOf(each.from)} is not joined with ${nameOf(each.to)}: ${each.reason}. ${each.explanation}`,
    ),
  ];
  return ['', `  ${verdict.replaceAll('_', ' ')}`, ...lines, ''].join('\n');
}

function linkText({ to, kind, trust, via, decision, shownBy }: Link): string {
  const parts = [
    `${nameOf(to)}: ${kind}${trust === null ? '' : `, ${trust}`}`,
    ...(via === null ? [] : [`via ${nameOf(via)}`]),
    ...(decision === null ? [] : [`decision ${decision}`]),
    ...(shownBy.length === 0
      ? []
      : [
          `shown by ${shownBy.map(({ source, id, name }) => `${name ?? 'touchpoint'} ${source}/${id}`).join(' and ')}`,
        ]),
  ];
  return parts.join(', ');
}

function nameOf({ type, value }: Pick<End, 'type' | 'value'>): string {
  return `${type}:${value}`;
}
