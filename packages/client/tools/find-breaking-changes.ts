/**
 * What a client of one OpenAPI document trips over in another: operations, parameters, answers and fields that are gone, what is
 * required now, types that are others, values of an enumeration that may be answered or are refused now. Additions break nothing, and
 * neither does a value that is answered only where a parameter asks for it.
 */
type Json = Record<string, unknown>;

/** Whether the schema's values are sent by the client or to it. */
type Direction = 'request' | 'response';

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** @returns a line for each, such as `GET /v1/profiles/{ref} 200 body.traits: is gone` */
export function findBreakingChanges(before: Json, after: Json): string[] {
  const changes: string[] = [];
  for (const [path, was] of Object.entries(at(before, 'paths'))) {
    for (const method of methods) {
      if (!isObject(was) || !isObject(was[method])) continue;
      const name = `${method.toUpperCase()} ${path}`;
      const is = at(at(after, 'paths'), path)[method];
      if (!isObject(is)) changes.push(`${name}: is gone`);
      else changes.push(...compareOperations(name, was[method], is));
    }
  }
  return changes;
}

function compareOperations(name: string, before: Json, after: Json): string[] {
  const taken = findTakenValues(list(before['parameters']), list(after['parameters']));
  return [
    ...(before['operationId'] === after['operationId'] ? [] : [`${name}: has another operationId`]),
    ...compareParameters(name, list(before['parameters']), list(after['parameters'])),
    ...compareBodies(`${name} body`, at(before, 'requestBody'), at(after, 'requestBody'), 'request'),
    ...compareAnswers(name, at(before, 'responses'), at(after, 'responses'), taken),
  ];
}

function compareParameters(name: string, before: readonly Json[], after: readonly Json[]): string[] {
  const keyOf = (parameter: Json): string => `${String(parameter['in'])} ${String(parameter['name'])}`;
  const was = new Map(before.map((parameter) => [keyOf(parameter), parameter]));
  const is = new Map(after.map((parameter) => [keyOf(parameter), parameter]));
  const changes = [...was].flatMap(([key, parameter]) => {
    const other = is.get(key);
    if (other === undefined) return [`${name} ${key}: is gone`];
    return compareSchemas(`${name} ${key}`, at(parameter, 'schema'), at(other, 'schema'), 'request');
  });
  const required = [...is].filter(
    ([key, parameter]) => parameter['required'] === true && was.get(key)?.['required'] !== true,
  );
  return [...changes, ...required.map(([key]) => `${name} ${key}: is required now`)];
}

/** By parameter, the values that it takes now and did not before. */
type TakenValues = ReadonlyMap<string, readonly string[]>;

function findTakenValues(before: readonly Json[], after: readonly Json[]): TakenValues {
  return new Map(
    before.map((parameter) => {
      const name = String(parameter['name']);
      const other = after.find((one) => one['name'] === parameter['name'] && one['in'] === parameter['in']);
      const was = new Set(values(at(parameter, 'schema')['enum']));
      return [name, values(at(other ?? {}, 'schema')['enum']).filter((value) => !was.has(value))];
    }),
  );
}

/** The schema of an answer, whose fields that repeat a parameter may have what it takes now. */
function withTakenValues(schema: Json, taken: TakenValues): Json {
  const properties = Object.entries(at(schema, 'properties')).map(([name, member]) => {
    const more = taken.get(name) ?? [];
    if (!isObject(member) || member['enum'] === undefined) return [name, member];
    return [name, { ...member, enum: [...values(member['enum']), ...more] }];
  });
  return { ...schema, properties: Object.fromEntries(properties) as Json };
}

/** Errors aside: a client is to expect any. */
function compareAnswers(name: string, before: Json, after: Json, taken: TakenValues): string[] {
  return Object.keys(before)
    .filter((status) => status.startsWith('2'))
    .flatMap((status) => {
      if (!isObject(after[status])) return [`${name} ${status}: is gone`];
      return compareBodies(
        `${name} ${status} body`,
        at(before, status),
        at(after, status),
        'response',
        taken,
      );
    });
}

function compareBodies(
  name: string,
  before: Json,
  after: Json,
  direction: Direction,
  taken: TakenValues = new Map(),
): string[] {
  const was = at(before, 'content');
  const is = at(after, 'content');
  return Object.keys(was).flatMap((type) => {
    if (!isObject(is[type])) return [`${name} ${type}: is gone`];
    const schema = withTakenValues(at(at(was, type), 'schema'), taken);
    return compareSchemas(name, schema, at(at(is, type), 'schema'), direction);
  });
}

function compareSchemas(name: string, before: Json, after: Json, direction: Direction): string[] {
  // A schema without a type takes and gives anything.
  if (Object.keys(after).length === 0) return [];
  return [
    ...compareTypes(name, before, after, direction),
    ...compareMembers(name, before, after, direction),
    ...(isObject(before['items'])
      ? compareSchemas(`${name}[]`, before['items'], at(after, 'items'), direction)
      : []),
    ...(isObject(before['additionalProperties'])
      ? compareSchemas(
          `${name}.*`,
          before['additionalProperties'],
          at(after, 'additionalProperties'),
          direction,
        )
      : []),
  ];
}

/** What is sent may be more than before, what is answered fewer. */
function compareTypes(name: string, before: Json, after: Json, direction: Direction): string[] {
  const [fewer, more] = direction === 'request' ? [before, after] : [after, before];
  const changes: string[] = [];
  for (const keyword of ['type', 'enum', 'const'] as const) {
    if (before[keyword] === undefined && direction === 'response') continue;
    if (after[keyword] === undefined && direction === 'request') continue;
    const allowed = new Set(allowedValues(more, keyword));
    if (allowed.has('number')) allowed.add('integer');
    const unknown = allowedValues(fewer, keyword).filter((value) => !allowed.has(value));
    if (unknown.length > 0)
      changes.push(
        `${name}: ${keyword} ${unknown.join(', ')} is ${direction === 'request' ? 'refused' : 'answered'} now`,
      );
  }
  return changes;
}

/** The type of numbers of which all that are listed are integers is that of integers. */
function allowedValues(schema: Json, keyword: 'type' | 'enum' | 'const'): string[] {
  const found = values(schema[keyword]);
  const listed: unknown = schema['enum'];
  if (keyword !== 'type' || !Array.isArray(listed) || !listed.every((value) => Number.isInteger(value)))
    return found;
  return found.map((type) => (type === 'number' ? 'integer' : type));
}

function compareMembers(name: string, before: Json, after: Json, direction: Direction): string[] {
  const was = at(before, 'properties');
  const is = at(after, 'properties');
  const changes = Object.entries(was).flatMap(([member, schema]) => {
    const other = is[member];
    if (!isObject(other)) return [`${name}.${member}: is gone`];
    return isObject(schema) ? compareSchemas(`${name}.${member}`, schema, other, direction) : [];
  });
  const requiredBefore = new Set(values(before['required']));
  const requiredAfter = new Set(values(after['required']));
  const [stricter, looser] =
    direction === 'request' ? [requiredAfter, requiredBefore] : [requiredBefore, requiredAfter];
  const verdict = direction === 'request' ? 'is required now' : 'may be missing now';
  const differing = [...stricter].filter((member) => !looser.has(member) && member in is);
  return [...changes, ...differing.map((member) => `${name}.${member}: ${verdict}`)];
}

function values(keyword: unknown): string[] {
  if (keyword === undefined) return [];
  return (Array.isArray(keyword) ? keyword : [keyword]).map(String);
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function at(value: Json, key: string): Json {
  const member = value[key];
  return isObject(member) ? member : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
