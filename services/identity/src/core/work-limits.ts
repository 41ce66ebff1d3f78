/**
 * How much one resolution does at once where a change concerns many identifiers; rechecks do the rest in pages. No part of the
 * definition: the outcome is the same once the rechecks are done.
 */
export interface WorkLimits {
  /** Identifiers that are moved because what they are attached to has moved. */
  moved: number;
  /** Links to person identifiers that are left because one end became shared, and whose other ends are decided again. */
  released: number;
}

export const defaultWorkLimits: WorkLimits = { moved: 200, released: 20 };
