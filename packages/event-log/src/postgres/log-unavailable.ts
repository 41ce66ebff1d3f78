/** What callers of the log get when its database fails: the port's own error, with the failure as its cause. */
import { AppError } from '@throughline/contracts';

export function unavailable(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('log_unavailable', 'the event log does not answer', { cause: error });
}

/** @throws AppError log_unavailable, or the work's own AppError */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    throw unavailable(error);
  });
}
