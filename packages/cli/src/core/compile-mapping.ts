/** A mapping as a function from rows to a touchpoint. */
import { addDecimals, fromMinorUnits, toMinorUnits, toNumber, type ExactDecimal } from './exact-decimal.ts';
import { createTimeParser } from './local-time.ts';
import { MappingFault, type MappingFaultCode } from './mapping-fault.ts';
import { isWholeRow, operatorOf, readOperator, type Mapping, type Operator } from './mapping-schema.ts';
import type { Row } from './position.ts';
import {
  emptyColumn,
  exactText,
  parseBoolean,
  readColumn,
  readDecimal,
  readProduct,
  readText,
  requiredText,
} from './row-values.ts';
import { columnsOf, parseTemplate, rowNumber, type TemplatePart } from './template.ts';

type Touchpoint = Readonly<Record<string, unknown>>;

export type Mapped =
  | { ok: true; id: string; touchpoint: Touchpoint }
  | { ok: false; code: MappingFaultCode; field: string; message: string };

export interface CompiledMapping {
  /** The rows of one group; one row where nothing is grouped. */
  map: (rows: readonly Row[]) => Mapped;
  /** Column by field that reads it, to be compared with a header. */
  columns: readonly { field: string; column: string }[];
}

interface Scope {
  row: Row;
  rows: readonly Row[];
}

/** What a field without a value evaluates to: it is left out. */
const absent = Symbol('absent');
type Evaluate = (scope: Scope) => unknown;

class FieldFault extends Error {
  readonly field: string;
  readonly fault: MappingFault;

  constructor(field: string, fault: MappingFault) {
    super(fault.message, { cause: fault });
    this.field = field;
    this.fault = fault;
  }
}

export function compileMapping(mapping: Mapping): CompiledMapping {
  const columns: { field: string; column: string }[] = [];
  const evaluate: Evaluate = isWholeRow(mapping.touchpoint)
    ? ({ row }) => row.fields
    : compileNode(mapping.touchpoint, '', columns);
  for (const column of [...(mapping.group?.by ?? []), ...(mapping.group?.within ?? [])]) {
    columns.push({ field: 'group', column });
  }
  for (const { column } of mapping.where ?? []) columns.push({ field: 'where', column });
  return { columns, map: (rows) => mapRows(evaluate, rows) };
}

function mapRows(evaluate: Evaluate, rows: readonly Row[]): Mapped {
  const row = rows[0];
  if (row === undefined) throw new Error('a group has a row');
  const broken = rows.find((one) => one.fault !== undefined)?.fault;
  if (broken !== undefined) return { ok: false, code: broken.code, field: '', message: broken.message };
  try {
    const touchpoint = evaluate({ row, rows }) as Touchpoint;
    const id = touchpoint['id'] ?? touchpoint['messageId'];
    if ((typeof id !== 'string' && typeof id !== 'number') || id === '') {
      const message = 'without an id of its own, repeating it would count it twice';
      return { ok: false, code: 'missing_id', field: 'id', message };
    }
    return { ok: true, id: String(id), touchpoint };
  } catch (error) {
    if (!(error instanceof FieldFault)) throw error;
    return { ok: false, code: error.fault.code, field: error.field, message: error.fault.message };
  }
}

function compileNode(node: unknown, path: string, columns: { field: string; column: string }[]): Evaluate {
  if (typeof node === 'string') return inField(path, compileTemplate(node, false, path, columns));
  if (Array.isArray(node)) {
    const entries = node.map((entry, index) => compileNode(entry, `${path}[${index}]`, columns));
    return (scope) => entries.map((entry) => entry(scope)).filter((value) => value !== absent);
  }
  if (typeof node !== 'object' || node === null) return () => node;
  const operator = operatorOf(node);
  if (operator !== null) return compileOperator(operator, node, path, columns);
  const fields = Object.entries(node).map(
    ([key, entry]) => [key, compileNode(entry, path === '' ? key : `${path}.${key}`, columns)] as const,
  );
  return (scope) => {
    const values: [string, unknown][] = [];
    for (const [key, evaluate] of fields) {
      const value = evaluate(scope);
      if (value !== absent) values.push([key, value]);
    }
    return Object.fromEntries(values);
  };
}

function compileOperator(
  name: NonNullable<ReturnType<typeof operatorOf>>,
  node: object,
  path: string,
  columns: { field: string; column: string }[],
): Evaluate {
  switch (name) {
    case '$constant': {
      const { $constant } = readOperator(name, node);
      return () => $constant;
    }
    case '$template': {
      const { $template, optional = false } = readOperator(name, node);
      return inField(path, compileTemplate($template, optional, path, columns));
    }
    case '$column':
      return inField(path, compileColumn(readOperator(name, node), path, columns));
    case '$time': {
      const { $time, optional = false, ...format } = readOperator(name, node);
      const text = compileTemplate($time, optional, path, columns);
      const parse = createTimeParser(format);
      return inField(path, (scope) => {
        const value = text(scope);
        return value === absent ? absent : parse(value as string);
      });
    }
    case '$product': {
      const { $product: factors, optional = false, ...options } = readOperator(name, node);
      columns.push(...factors.map((column) => ({ field: path, column })));
      return inField(path, ({ row }) => {
        if (optional && factors.some((column) => readText(row, column) === null)) return absent;
        return numberOf(readProduct(row, factors, options), options);
      });
    }
    case '$sum': {
      const { $sum, ...options } = readOperator(name, node);
      const factors = typeof $sum === 'string' ? [$sum] : $sum;
      columns.push(...factors.map((column) => ({ field: path, column })));
      return inField(path, ({ rows }) => {
        const amounts = rows.map((row) => readProduct(row, factors, options));
        return numberOf(
          amounts.reduce((left, right) => addDecimals(left, right), { units: 0n, scale: 0 }),
          options,
        );
      });
    }
    case '$count':
      return ({ rows }) => rows.length;
    case '$each': {
      const evaluate = compileNode(readOperator(name, node).$each, path, columns);
      return ({ rows }) =>
        rows.map((row) => evaluate({ row, rows: [row] })).filter((value) => value !== absent);
    }
    default:
      return name satisfies never;
  }
}

function inField(field: string, evaluate: Evaluate): Evaluate {
  return (scope) => {
    try {
      return evaluate(scope);
    } catch (error) {
      throw error instanceof MappingFault ? new FieldFault(field, error) : error;
    }
  };
}

function compileTemplate(
  source: string,
  optional: boolean,
  path: string,
  columns: { field: string; column: string }[],
): Evaluate {
  const parsed = parseTemplate(source);
  if (!parsed.ok) throw new Error(parsed.message);
  for (const column of columnsOf(parsed.parts)) columns.push({ field: path, column });
  const textOf = (part: TemplatePart, row: Row): string | null => {
    if (part.kind === 'text') return part.text;
    if (part.column === rowNumber) return String(row.end.rows);
    return optional ? exactText(row, part.column) : requiredText(row, part.column);
  };
  return ({ row }) => {
    let text = '';
    for (const part of parsed.parts) {
      const piece = textOf(part, row);
      if (piece === null) return absent;
      text += piece;
    }
    return text;
  };
}

function compileColumn(
  options: Operator<'$column'>,
  path: string,
  columns: { field: string; column: string }[],
): Evaluate {
  const { $column: column, as = 'text', optional = false } = options;
  columns.push({ field: path, column });
  return ({ row }) => {
    if (as === 'json') {
      const value = readColumn(row.fields, column);
      if (value !== undefined) return value;
      if (optional) return absent;
      throw emptyColumn(row, column);
    }
    const text = optional ? exactText(row, column) : requiredText(row, column);
    if (text === null) return absent;
    if (as === 'text') return text;
    if (as === 'boolean') return parseBoolean(text, options);
    return numberOf(readDecimal(row, column, options), { ...options, as });
  };
}

type NumberOptions = Pick<Operator<'$sum'>, 'as' | 'digits'>;

function numberOf(decimal: ExactDecimal, { as = 'number', digits = 2 }: NumberOptions): number {
  if (as === 'minorUnits') return toMinorUnits(decimal, digits);
  if (as === 'fromMinorUnits') return fromMinorUnits(decimal, digits);
  if (as === 'integer' && decimal.scale > 0)
    throw new MappingFault('not_a_number', 'it is not a whole number');
  return toNumber(decimal);
}
