/** The stage that a journey map gives a touchpoint: that of the first rule all of whose conditions hold. */
import type { JourneyMap } from '@throughline/contracts';
import type { WorldTouchpoint } from './world.ts';

export function stageByMap(map: JourneyMap, touchpoint: WorldTouchpoint): string | null {
  const bearing = map.rules.filter(({ when: { type, names, source, channel } }) =>
    [
      type === undefined || type === touchpoint.type,
      names === undefined || names.some((name) => name === touchpoint.name),
      source === undefined || source === touchpoint.source,
      channel === undefined || channel === touchpoint.channel,
    ].every(Boolean),
  );
  return bearing[0]?.stage ?? null;
}
