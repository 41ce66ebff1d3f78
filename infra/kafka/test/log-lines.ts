/** A log that keeps what is said, for tests to read. */

type Line = Record<string, unknown> & { event?: string };

export class LogLines {
  readonly all: Line[] = [];
  readonly #keep = (fields: Line, message: string): void => void this.all.push({ ...fields, message });
  readonly info = this.#keep;
  readonly warn = this.#keep;
  readonly error = this.#keep;

  events(event: string): Line[] {
    return this.all.filter((line) => line.event === event);
  }
}
