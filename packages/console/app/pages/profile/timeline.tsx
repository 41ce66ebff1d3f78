import { addressOf } from '../../api/ask.ts';
import type { Profile, ShownTouchpoint, TimelineAnswer } from '../../api/identity-answers.ts';
import { usePages } from '../../api/use-pages.ts';
import { IdentifierName } from '../../parts/identifier-name.tsx';
import { More } from '../../parts/more.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { withParameters } from '../../shell/use-address.ts';
import { formatMoment } from '../../text/format.ts';

const pageSize = 25;

export function Timeline({ profile }: { profile: Profile }) {
  const path = `/v1/profiles/${profile.id}/touchpoints`;
  const pages = usePages<ShownTouchpoint, TimelineAnswer>((cursor) =>
    addressOf('identity', path, { limit: pageSize, cursor }),
  );
  return (
    <Shown asked={pages.first} what="the timeline">
      {({ items }) =>
        items.length === 0 ? (
          <Empty>No touchpoint is stored under it.</Empty>
        ) : (
          <>
            <ol class="timeline">
              {[...items, ...pages.more].map((touchpoint) => (
                <Entry key={touchpoint.key} touchpoint={touchpoint} />
              ))}
            </ol>
            <More {...pages} />
          </>
        )
      }
    </Shown>
  );
}

function Entry({ touchpoint }: { touchpoint: ShownTouchpoint }) {
  const { id, source, type, name, occurredAt, identifiers, trust, channel, properties } = touchpoint;
  return (
    <li>
      <time dateTime={occurredAt}>{formatMoment(occurredAt)}</time>
      <div>
        <p>
          <a href={withParameters('/console/touchpoint', { id, source })}>
            <bdi>{name ?? type}</bdi>
          </a>
          <span class="tag">{type}</span>
          {typeof channel === 'string' ? <span class="tag">{channel}</span> : null}
          <span class="muted">
            {' '}
            from {source}, {trust}
          </span>
        </p>
        <p class="inline-list">
          {identifiers.map((identifier) => (
            <IdentifierName key={`${identifier.type} ${identifier.value}`} identifier={identifier} />
          ))}
        </p>
        {properties === undefined || Object.keys(properties).length === 0 ? null : (
          <details>
            <summary>Properties</summary>
            <pre tabIndex={0}>{JSON.stringify(properties, null, 2)}</pre>
          </details>
        )}
      </div>
    </li>
  );
}
