/**
 * Days of a history that are read before and after those that are asked for. Most histories are shorter, and are read whole
 * by that; of a long one these are what is asked for next.
 */
export const neighbourDays = 4;
