/** Which of the planned faults were seen to happen. A run in which one did not happen proves nothing, and fails. */
export class FaultRecord {
  readonly #planned: ReadonlySet<string>;
  readonly #happened = new Set<string>();
  readonly #say: (line: string) => void;

  constructor(planned: readonly string[], say: (line: string) => void) {
    this.#planned = new Set(planned);
    this.#say = say;
  }

  /** @param evidence whether it was seen to happen, not merely asked for */
  note(fault: string, evidence: boolean): void {
    if (!this.#planned.has(fault)) throw new Error(`${fault} was not planned`);
    this.#say(`fault: ${fault}${evidence ? '' : ' DID NOT HAPPEN'}`);
    if (evidence) this.#happened.add(fault);
  }

  requireAll(): void {
    const missing = [...this.#planned].filter((fault) => !this.#happened.has(fault));
    if (missing.length > 0) throw new Error(`the run proves nothing: ${missing.join(', ')} did not happen`);
  }

  get happened(): readonly string[] {
    return [...this.#happened];
  }
}
