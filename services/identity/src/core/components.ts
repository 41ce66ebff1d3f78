/**
 * Sets of person identifiers that candidates connect, with the candidates of each: what the bound is measured on. Grown from
 * several starts at once, so sets may meet.
 */
export class Component {
  readonly members = new Set<string>();
  readonly links = new Set<string>();
}

export class Components {
  private readonly componentOf = new Map<string, Component>();

  constructor(starts: Iterable<string>) {
    for (const id of starts) this.of(id);
  }

  of(id: string): Component {
    let component = this.componentOf.get(id);
    if (component === undefined) {
      component = new Component();
      component.members.add(id);
      this.componentOf.set(id, component);
    }
    return component;
  }

  /** @param link names the candidate that connects them; null when only a merge does, which the bound does not count */
  connect(one: string, other: string, link: string | null): void {
    const [left, right] = [this.of(one), this.of(other)];
    if (link !== null) left.links.add(link);
    if (left === right) return;
    const [larger, smaller] =
      left.members.size + left.links.size >= right.members.size + right.links.size
        ? [left, right]
        : [right, left];
    for (const id of smaller.members) {
      larger.members.add(id);
      this.componentOf.set(id, larger);
    }
    for (const key of smaller.links) larger.links.add(key);
  }

  all(): Component[] {
    return [...new Set(this.componentOf.values())];
  }
}
