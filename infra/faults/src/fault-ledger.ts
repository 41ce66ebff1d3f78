/** A run in which a fault did not fire proves nothing: it is void. */
export class FaultLedger {
  readonly #planned: ReadonlySet<string>;
  readonly #fired = new Set<string>();
  readonly #say: (line: string) => void;

  constructor(planned: readonly string[], say: (line: string) => void) {
    this.#planned = new Set(planned);
    this.#say = say;
  }

  /** @param evidence whether it was seen to happen, not merely asked for */
  record(fault: string, evidence: boolean): void {
    if (!this.#planned.has(fault)) throw new Error(`${fault} was not planned`);
    this.#say(`fault: ${fault}${evidence ? '' : ' DID NOT FIRE'}`);
    if (evidence) this.#fired.add(fault);
  }

  requireAll(): void {
    const missing = [...this.#planned].filter((fault) => !this.#fired.has(fault));
    if (missing.length > 0) throw new Error(`the run is void: ${missing.join(', ')} did not fire`);
  }

  get fired(): readonly string[] {
    return [...this.#fired];
  }
}
