/** The profiles behind figures, by counting each as if it were the only customer. */
import { referenceFigures, type FigureOptions, type ReferenceFigures } from './figures.ts';
import type { ReferenceProfiles } from './profiles.ts';
import type { World } from './world.ts';

/** Profile -> the figures that it alone makes. */
export function referenceShares(
  world: World,
  resolved: ReferenceProfiles,
  options: FigureOptions,
): Map<string, ReferenceFigures> {
  return new Map(
    resolved.profiles
      .filter(({ identified }) => identified)
      .map(({ id }) => {
        const profiles = resolved.profiles.map((one) => ({ ...one, identified: one.id === id }));
        return [id, referenceFigures(world, { ...resolved, profiles }, options)];
      }),
  );
}
