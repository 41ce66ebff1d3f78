/** The identifiers of a profile, what links them and on whose word, and the joins that were refused with the reason. */
import type { ComponentChildren } from 'preact';
import { addressOf } from '../../api/ask.ts';
import type { Evidence, Link, LinksAnswer, Profile } from '../../api/identity-answers.ts';
import { usePages } from '../../api/use-pages.ts';
import { IdentifierName } from '../../parts/identifier-name.tsx';
import { More } from '../../parts/more.tsx';
import { Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { withParameters } from '../../shell/use-address.ts';
import { formatMoment } from '../../text/format.ts';

/** Refusals in words, for people who have not read how identity is resolved. */
const reasons: Readonly<Record<string, string>> = {
  shared: 'one of the two is shared by many people, so it links nothing',
  split: 'a decision keeps the two apart',
  two_known: 'both are known to a server as different people, and only public evidence joins them',
  limit: 'a person would have more identifiers of this type than the limit allows',
};

const columns: Column<Profile['identifiers'][number]>[] = [
  { title: 'Identifier', cell: (identifier) => <IdentifierName identifier={identifier} /> },
  { title: 'First seen', cell: ({ firstSeenAt }) => formatMoment(firstSeenAt) },
  { title: 'Last seen', cell: ({ lastSeenAt }) => formatMoment(lastSeenAt) },
];

export function Links({ profile }: { profile: Profile }) {
  const pages = usePages<Link, LinksAnswer>((cursor) =>
    addressOf('identity', `/v1/profiles/${profile.id}/links`, { limit: 50, cursor }),
  );
  return (
    <>
      <Table name="Identifiers" rows={profile.identifiers} keyOf={({ id }) => id} columns={columns} />
      {profile.identifiersTruncated ? (
        <p class="note">
          {profile.identifiers.length} of {profile.identifierCount} identifiers are shown, the strongest
          first.
        </p>
      ) : null}
      <Shown asked={pages.first} what="the evidence">
        {(first) => (
          <Evidences first={first} links={[...first.items, ...pages.more]} more={<More {...pages} />} />
        )}
      </Shown>
    </>
  );
}

interface EvidencesProps {
  first: LinksAnswer;
  links: readonly Link[];
  more: ComponentChildren;
}

function Evidences({ first, links, more }: EvidencesProps) {
  const counted = links.filter(({ refused }) => refused === null);
  const refused = links.filter((link) => link.refused !== null);
  return (
    <>
      <h3>Evidence</h3>
      {counted.length === 0 ? <p class="muted">Nothing links it to another identifier.</p> : null}
      <ul class="results">
        {counted.map((link) => (
          <LinkEntry key={`${link.weaker.id} ${link.stronger.id}`} link={link} />
        ))}
      </ul>
      {more}
      <h3>Refused</h3>
      {refused.length + first.refused.length === 0 ? <p class="muted">No join was refused.</p> : null}
      <ul class="results">
        {refused.map((link) => (
          <LinkEntry key={`${link.weaker.id} ${link.stronger.id}`} link={link} />
        ))}
        {first.refused.map(({ ends, reason, kind }) => (
          <li key={`${kind} ${ends.map(({ id }) => id).join(' ')}`}>
            <p class="inline-list">
              {ends.map((end) => (
                <IdentifierName key={end.id} identifier={end} />
              ))}
            </p>
            <p>
              <span class="tag warn">refused</span> {reasons[reason] ?? reason}
            </p>
          </li>
        ))}
      </ul>
      {first.refusedTruncated ? <p class="note">More were refused than are shown.</p> : null}
    </>
  );
}

function LinkEntry({ link }: { link: Link }) {
  const { weaker, stronger, standing, evidence, refused, alias, isParent } = link;
  const best = evidence.server ?? evidence.verified ?? evidence.public;
  return (
    <li>
      <p class="inline-list">
        <IdentifierName identifier={stronger} />
        <span aria-hidden="true">–</span>
        <IdentifierName identifier={weaker} />
      </p>
      <p class="muted">
        {refused === null ? (
          <span class="tag">{standing ?? 'links nothing'}</span>
        ) : (
          <>
            <span class="tag warn">refused</span> {reasons[refused] ?? refused}.{' '}
          </>
        )}
        {alias ? <span class="tag">alias</span> : null}
        {isParent ? <span class="tag">attached</span> : null} <EvidenceText evidence={best} />
      </p>
    </li>
  );
}

function EvidenceText({ evidence }: { evidence: Evidence }) {
  if (evidence === null) return <>by a decision</>;
  const { touchpoint, source, at } = evidence;
  return (
    <>
      said by <a href={withParameters('/console/touchpoint', { id: touchpoint, source })}>a touchpoint</a> of{' '}
      {source}, {formatMoment(at)}
    </>
  );
}
