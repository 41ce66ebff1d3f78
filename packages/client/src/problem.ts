/** What a service answers instead of what was asked for, as an error with a stable code (RFC 9457). */

export interface ProblemBody {
  status: number;
  code: string;
  title: string;
  detail?: string;
  /** Of the parameter or part of the body that is at fault. */
  field?: string;
}

export class ThroughlineProblem extends Error {
  readonly status: number;
  /** `invalid_parameter`, `profile_not_found` …; `unknown` of an answer that is no problem document. */
  readonly code: string;
  readonly field: string | null;
  /** All that was answered. */
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    const known = isProblem(body) ? body : null;
    super(known === null ? `answered ${status}` : `${known.title}${known.detail ? `: ${known.detail}` : ''}`);
    this.name = 'ThroughlineProblem';
    this.status = status;
    this.code = known?.code ?? 'unknown';
    this.field = known?.field ?? null;
    this.body = body;
  }
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body;
}
