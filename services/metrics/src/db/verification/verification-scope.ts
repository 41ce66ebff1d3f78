/** What a verification compares: everything, some days of it, or the histories of a sample of the profiles. */

export interface VerificationScope {
  /** Days since 1970, both included; null for no bound. */
  from: number | null;
  to: number | null;
  /**
   * Share of the profiles, above 0 and at most 1; null for all and the figures. Of a sample only histories are compared: a figure
   * is a sum over all profiles.
   */
  sample: number | null;
}

export const wholeScope: VerificationScope = { from: null, to: null, sample: null };

export const verificationSteps = ['touchpoints', 'figures', 'comparison'] as const;
export type VerificationStep = (typeof verificationSteps)[number];

/** The condition that an identifier is one of the sample; none where all are compared. @param column an expression */
export function andInSample({ sample }: Pick<VerificationScope, 'sample'>, column: string): string {
  return sample === null ? '' : `and ${column} in (select id from verified_member)`;
}
