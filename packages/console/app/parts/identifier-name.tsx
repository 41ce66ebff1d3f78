import type { Identifier } from '../api/identity-answers.ts';

/** Type and value. A value is foreign text: it is shown as text, cut where it is long, and whole on hovering. */
export function IdentifierName({ identifier }: { identifier: Pick<Identifier, 'type' | 'value'> }) {
  return (
    <span class="identifier">
      <span class="tag">{identifier.type}</span>
      <bdi title={identifier.value}>{identifier.value}</bdi>
    </span>
  );
}
