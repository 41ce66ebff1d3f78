/** Before anything is sent: that the file can be read again from a place on, and that the files beside it can be written. */
import { accessSync, constants, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../config.ts';

/** @throws UsageError when there is no such file, or it is not one that can be read again from a place on */
export function checkSource(file: string): void {
  const stat = statOf(file);
  if (stat === null) {
    const isDash = path.basename(file) === '-';
    throw new UsageError(isDash ? `Standard input ${notAFile}` : `${file}: there is no such file.`);
  }
  if (!stat.isFile()) throw new UsageError(`${file} ${stat.isDirectory() ? 'is a directory.' : notAFile}`);
}

const notAFile = 'cannot be resumed after a stop: write it to a file, and replay that.';

/** @throws UsageError that names the place and the option that gives another */
export function checkPlaces({ stateFile, rejectsFile }: { stateFile: string; rejectsFile: string }): void {
  for (const [file, option] of [
    [stateFile, '--state'],
    [rejectsFile, '--rejects'],
  ] as const) {
    const folder = path.dirname(file);
    const faults = [faultOf(folder), statOf(file) === null ? null : faultOf(file)];
    const fault = faults.find((code) => code !== null);
    if (fault !== undefined) {
      throw new UsageError(`${file} cannot be written (${fault}): name another place with ${option}.`);
    }
  }
}

function faultOf(place: string): string | null {
  try {
    accessSync(place, constants.W_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

function statOf(file: string): Stats | null {
  return statSync(file, { throwIfNoEntry: false }) ?? null;
}
