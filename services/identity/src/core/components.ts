/**
 * Sets of person identifiers that candidates connect, with the number of candidates of each: what the bound is measured on.
 * Grown from several starts at once, so sets may meet.
 */
export class Component {
  readonly members: string[];
  directLinks = 0;
  /** Pairs: several attached identifiers may infer one. */
  readonly inferredPairs = new Set<string>();

  constructor(first: string) {
    this.members = [first];
  }

  get links(): number {
    return this.directLinks + this.inferredPairs.size;
  }
}

export class Components {
  private readonly componentOf = new Map<string, Component>();

  constructor(starts: Iterable<string>) {
    for (const id of starts) this.of(id);
  }

  of(id: string): Component {
    let component = this.componentOf.get(id);
    if (component === undefined) {
      component = new Component(id);
      this.componentOf.set(id, component);
    }
    return component;
  }

  /** Returns the component of both. */
  connect(one: string, other: string): Component {
    const [left, right] = [this.of(one), this.of(other)];
    if (left === right) return left;
    const [larger, smaller] = left.members.length >= right.members.length ? [left, right] : [right, left];
    for (const id of smaller.members) {
      larger.members.push(id);
      this.componentOf.set(id, larger);
    }
    larger.directLinks += smaller.directLinks;
    for (const pair of smaller.inferredPairs) larger.inferredPairs.add(pair);
    return larger;
  }

  all(): Component[] {
    return [...new Set(this.componentOf.values())];
  }
}
