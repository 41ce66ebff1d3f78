/** The region whose numbering plan reads a telephone number without a country code: ISO 3166-1 alpha-2, in capitals. */
import { z } from 'zod';

const regionNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

export const phoneRegionSchema = z
  .string()
  .refine((text) => /^[A-Z]{2}$/.test(text) && regionNames.of(text) !== undefined, {
    error: 'expected the two letters of a country, such as DE or US',
  });
