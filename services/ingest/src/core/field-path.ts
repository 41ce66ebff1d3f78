/** Paths of fields in an item, such as `properties.crm_id`, as the settings of a source name them. */
import { z } from 'zod';

export const fieldPath = z
  .string()
  .max(300)
  .regex(/^[^.\s]+(\.[^.\s]+){0,9}$/, { error: 'expected a path such as traits.birthday' });
