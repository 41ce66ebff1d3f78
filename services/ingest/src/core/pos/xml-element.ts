/** An XML element as JSON: children by local name, attributes as `@name`, text as `#text`. Namespaces are left out. */

export interface XmlElement {
  [member: string]: XmlElement[] | string;
}

/** As an own member, whatever its name: an element may be called `__proto__`. */
export function setMember(element: XmlElement, name: string, value: XmlElement[] | string): void {
  Object.defineProperty(element, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Children of a name; elements that came as JSON may be anything. */
export function childrenOf(element: unknown, name: string): XmlElement[] {
  const found = memberOf(element, name);
  return Array.isArray(found) ? (found as XmlElement[]) : [];
}

/** The first child at the end of a path of names. */
export function childAt(element: unknown, ...path: readonly string[]): XmlElement | undefined {
  let found: XmlElement | undefined = element as XmlElement | undefined;
  for (const name of path) [found] = childrenOf(found, name);
  return found;
}

/** The text at the end of a path; undefined where there is none. */
export function textAt(element: unknown, ...path: readonly string[]): string | undefined {
  const text = memberOf(childAt(element, ...path), '#text');
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

export function attributeOf(element: unknown, name: string): string | undefined {
  const value = memberOf(element, `@${name}`);
  return typeof value === 'string' ? value.trim() : undefined;
}

function memberOf(element: unknown, name: string): unknown {
  if (typeof element !== 'object' || element === null || !Object.hasOwn(element, name)) return undefined;
  return (element as Record<string, unknown>)[name];
}
