/** What identity has stored, against the reference model: identifiers, touchpoints, counts and traits. */
import { referenceProfiles, type World } from '@throughline/testkit';
import type { ExpectStatic } from 'vitest';
import type { IdentityHarness } from './identity-harness.ts';

/** @param expect of the test: tests run at once */
export async function expectWorld(
  expect: ExpectStatic,
  service: IdentityHarness,
  world: World,
): Promise<void> {
  const reference = referenceProfiles(world);
  const { rows } = await service.pool.query<{
    id: string;
    profile: string;
    parent: string | null;
    seen: string | null;
    last: string | null;
    value: string;
    renamed: string | null;
  }>(
    `select i.id, r.profile, i.parent, i.value, i.renamed,
       to_char(i.first_seen_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as seen,
       to_char(i.last_seen_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last
     from identity.identifier i join identity.identifier r on r.id = i.root order by i.id`,
  );
  const named = rows.filter(({ id }) => reference.identifiers.has(id));
  expect(named.map(({ value: _value, renamed: _renamed, ...row }) => row)).toEqual(
    [...reference.identifiers.values()]
      .map(({ id, profile, parent, firstSeenAt: seen, lastSeenAt: last }) => ({
        id,
        profile,
        parent,
        seen,
        last,
      }))
      .toSorted((left, right) => (left.id < right.id ? -1 : 1)),
  );
  // What is in no profile is without a name, unless it is a former name of what is in one.
  const isLeft = ({ id, value, renamed }: (typeof rows)[number]) =>
    value !== '' && !reference.identifiers.has(id) && !reference.identifiers.has(renamed ?? '');
  expect(rows.filter(isLeft)).toEqual([]);
  const stored = await service.pool.query<{ key: string; primary_identifier: string }>(
    'select key, primary_identifier from identity.touchpoint where block is not null order by key',
  );
  const keyOf = (text: string): string => {
    const [source = '', id = ''] = JSON.parse(text) as string[];
    return service.ids.touchpointKey(source, id);
  };
  expect(stored.rows).toEqual(
    [...reference.belongsTo]
      .map(([text, identifier]) => ({ key: keyOf(text), primary_identifier: identifier }))
      .toSorted((left, right) => (left.key < right.key ? -1 : 1)),
  );
  const counts = await service.pool.query<{ profile: string; count: number }>(
    `select r.profile, sum(i.touchpoint_count)::integer as count
     from identity.identifier i join identity.identifier r on r.id = i.root
     group by r.profile having sum(i.touchpoint_count) <> 0 order by r.profile`,
  );
  expect(counts.rows).toEqual(
    reference.profiles
      .filter(({ touchpointCount }) => touchpointCount > 0)
      .map(({ id, touchpointCount }) => ({ profile: id, count: touchpointCount })),
  );
  const traits = await service.pool.query<{
    identifier: string;
    name: string;
    trust: string;
    value: string;
  }>(
    `select distinct on (r.profile, t.name) r.profile, t.name, t.value
     from identity.trait t join identity.identifier i on i.id = t.identifier join identity.identifier r on r.id = i.root
     where t.kind = 'trait'
     order by r.profile, t.name, t.trust desc, t.at desc, t.source collate "C" desc, t.touchpoint_id collate "C" desc`,
  );
  expect(traits.rows.map((row) => JSON.stringify(row)).toSorted()).toEqual(
    reference.profiles
      .flatMap(({ id, traits: of }) =>
        Object.entries(of).map(([name, { value }]) =>
          JSON.stringify({ profile: id, name, value: JSON.stringify(value) }),
        ),
      )
      .toSorted(),
  );
}
