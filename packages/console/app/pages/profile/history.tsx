import { addressOf } from '../../api/ask.ts';
import type { HistoryAnswer, Profile } from '../../api/identity-answers.ts';
import { usePages } from '../../api/use-pages.ts';
import { IdentifierName } from '../../parts/identifier-name.tsx';
import { More } from '../../parts/more.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { withParameters } from '../../shell/use-address.ts';
import { formatCode, formatMoment } from '../../text/format.ts';

type Entry = HistoryAnswer['items'][number];

export function History({ profile }: { profile: Profile }) {
  const pages = usePages<Entry, HistoryAnswer>((cursor) =>
    addressOf('identity', `/v1/profiles/${profile.id}/history`, { limit: 20, cursor }),
  );
  return (
    <Shown asked={pages.first} what="the history">
      {({ items }) =>
        items.length === 0 ? (
          <Empty>It has been one since it began.</Empty>
        ) : (
          <>
            <ol class="results">
              {[...items, ...pages.more].map((entry, index) => (
                <HistoryEntry key={`${entry.at} ${entry.identifier?.id ?? ''} ${index}`} entry={entry} />
              ))}
            </ol>
            <More {...pages} />
          </>
        )
      }
    </Shown>
  );
}

function HistoryEntry({ entry }: { entry: Entry }) {
  const { at, change, identifier, from, to, touchpoint, decision, shared } = entry;
  return (
    <li>
      <p class="inline-list">
        <span class="tag">{change}</span>
        {identifier === null ? null : <IdentifierName identifier={identifier} />}
        {from === null ? null : (
          <span>
            from <IdentifierName identifier={from} />
          </span>
        )}
        {to === null ? null : (
          <span>
            to <IdentifierName identifier={to} />
          </span>
        )}
      </p>
      <p class="muted">
        {formatMoment(at)}
        {touchpoint === null ? null : (
          <>
            , by{' '}
            <a href={withParameters('/console/touchpoint', { id: touchpoint.id, source: touchpoint.source })}>
              {touchpoint.name ?? 'a touchpoint'}
            </a>
          </>
        )}
        {decision === null
          ? null
          : `, by a ${decision.kind}${decision.note === '' ? '' : `: ${decision.note}`}`}
        {shared === null ? null : (
          <>
            , because <IdentifierName identifier={shared} /> became shared
          </>
        )}
        {entry.cause === null || touchpoint !== null || decision !== null
          ? null
          : `, ${formatCode(entry.cause)}`}
      </p>
    </li>
  );
}
