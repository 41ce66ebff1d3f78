/** The parameter `relationship` of the figures of journeys. */
import { AppError, relationships, type Relationship } from '@throughline/contracts';
import { z } from 'zod';
import type { Query } from './query.ts';

export const relationshipParameter = {
  relationship: z
    .enum(relationships)
    .optional()
    .meta({ description: 'Only profiles of this relationship. Default all.' }),
};

/** @throws AppError invalid_parameter */
export function readRelationship(query: Query): Relationship | null {
  const text = query['relationship'];
  if (text === undefined) return null;
  const found = relationships.find((one) => one === text);
  if (found !== undefined) return found;
  throw new AppError('invalid_parameter', `relationship is one of ${relationships.join(', ')}`, {
    field: 'relationship',
    expected: relationships.join(', '),
  });
}
