/** The generations that a batch keeps: the one in use, and what is built of another. */
import type { PoolClient } from 'pg';
import { enterGenerations } from '../db/generations.ts';
import type { BuiltFigures, FigureContext } from './apply-records.ts';
import type { FigureGenerations } from './figure-generations.ts';
import { functionVersion } from '../core/generation-settings.ts';

/**
 * Belongs first in the transaction of a batch, which holds what it finds to its end.
 *
 * @throws when code of another version made the figures in use: this process must not change them
 */
export async function enterFigures(
  client: PoolClient,
  { contextOf, versionOf }: Pick<FigureGenerations, 'contextOf' | 'versionOf'>,
): Promise<{ figures: FigureContext; built: BuiltFigures | null }> {
  const { current, built } = await enterGenerations(client);
  if (current === null) throw new Error('no generation of figures is in use');
  const version = await versionOf(current);
  if (version !== functionVersion) {
    throw new Error(
      `the figures in use are of version ${version} of their definition, this release has version ${functionVersion}`,
    );
  }
  const figures = await contextOf(current);
  if (built === null) return { figures, built: null };
  if (built.state === 'copying') return { figures, built: { state: 'copying', generation: built.id } };
  const { filledThrough } = built;
  const holds = (key: string): boolean => filledThrough !== null && key <= filledThrough;
  return { figures, built: { state: 'filling', figures: await contextOf(built.id), holds } };
}
