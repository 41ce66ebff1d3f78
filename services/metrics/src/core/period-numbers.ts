/**
 * Periods of the calendar as consecutive numbers, so that the distance of two is a subtraction. Arithmetic only: it is asked
 * several times for every new active day.
 */
import { nextPeriod, startOfPeriod, type Period } from './period.ts';

export interface PeriodNumbers {
  period: Period;
  /** Of the period that holds the day. */
  numberOf: (day: number) => number;
  /** First day of the period with the number. */
  startOf: (number: number) => number;
}

/** @param weekStart one of `weekDays` */
export function createPeriodNumbers(period: Period, weekStart: string): PeriodNumbers {
  if (period === 'day') return { period, numberOf: (day) => day, startOf: (number) => number };
  if (period === 'month') return { period, numberOf: monthOf, startOf: firstDayOfMonth };
  const firstStart = nextPeriod(startOfPeriod(0, 'week', weekStart), 'week');
  return {
    period,
    numberOf: (day) => Math.floor((day - firstStart) / 7),
    startOf: (number) => firstStart + number * 7,
  };
}

/** Days from 0000-03-01, with which the years of this arithmetic begin: leap days come last. */
const epochDay = 719_468;
const daysOf400Years = 146_097;

/** Months since the year 0. Gregorian, by the arithmetic of Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013). */
function monthOf(day: number): number {
  const since = day + epochDay;
  const era = Math.floor(since / daysOf400Years);
  const ofEra = since - era * daysOf400Years;
  const years = ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096);
  const year = Math.floor(years / 365);
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const sinceMarch = Math.floor((5 * ofYear + 2) / 153);
  return (year + era * 400) * 12 + sinceMarch + 2;
}

function firstDayOfMonth(month: number): number {
  const sinceMarch = (((month - 2) % 12) + 12) % 12;
  const years = Math.floor((month - 2) / 12);
  const era = Math.floor(years / 400);
  const year = years - era * 400;
  const ofYear = Math.floor((153 * sinceMarch + 2) / 5);
  const ofEra = year * 365 + Math.floor(year / 4) - Math.floor(year / 100) + ofYear;
  return era * daysOf400Years + ofEra - epochDay;
}
