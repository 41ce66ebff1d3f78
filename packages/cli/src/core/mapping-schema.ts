/**
 * The mapping format: a touchpoint with holes. Texts are templates, an object with a `$` key says how a value is made,
 * everything else stands for itself. Documented in the README.
 */
import { z } from 'zod';
import { findFormatFault } from './local-time.ts';
import { rowCondition } from './row-condition.ts';
import { columnsOf, parseTemplate } from './template.ts';
import { textEncodings } from './text-encoding.ts';

const columnName = z.string().min(1);
const numberKinds = ['number', 'integer', 'minorUnits', 'fromMinorUnits'] as const;
const numberOptions = {
  digits: z.int().min(0).max(9).exactOptional(),
  decimalMark: z.enum(['.', ',']).exactOptional(),
  groupMark: z.enum(['.', ',', ' ', "'"]).exactOptional(),
  round: z.int().min(0).max(9).exactOptional(),
};
const optional = z.boolean().exactOptional();
const texts = z.array(z.string().min(1)).min(1).max(20).exactOptional();
/** Columns whose product is meant, such as quantity and price. */
const factors = z.array(columnName).min(2).max(5);

function haveMarksApart(marks: { decimalMark?: string; groupMark?: string }): boolean {
  return marks.groupMark === undefined || marks.groupMark !== marks.decimalMark;
}

const sameMarks = { error: 'is also the decimal mark: choose another', path: ['groupMark'] };

const template = z.string().superRefine((source, context) => {
  const parsed = parseTemplate(source);
  if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.message });
});

const operators = {
  $constant: z.strictObject({ $constant: z.json() }),
  $template: z.strictObject({ $template: template, optional }),
  $column: z
    .strictObject({
      $column: columnName,
      as: z.enum(['text', 'boolean', 'json', ...numberKinds]).exactOptional(),
      optional,
      trueTexts: texts,
      falseTexts: texts,
      ...numberOptions,
    })
    .refine(haveMarksApart, sameMarks),
  $product: z
    .strictObject({
      $product: factors,
      as: z.enum(numberKinds).exactOptional(),
      optional,
      ...numberOptions,
    })
    .refine(haveMarksApart, sameMarks),
  $time: z
    .strictObject({
      $time: template,
      format: z.string().default('iso'),
      zone: z.string().exactOptional(),
      at: z.string().exactOptional(),
      locale: z.string().exactOptional(),
      optional,
    })
    .superRefine((time, context) => {
      const fault = findFormatFault(time);
      if (fault !== null) context.addIssue({ code: 'custom', message: fault });
    }),
  $sum: z
    .strictObject({
      $sum: z.union([columnName, factors]),
      as: z.enum(numberKinds).exactOptional(),
      ...numberOptions,
    })
    .refine(haveMarksApart, sameMarks),
  $count: z.strictObject({ $count: z.literal('rows') }),
  $each: z.strictObject({ $each: z.unknown() }),
} as const;

export type OperatorName = keyof typeof operators;
export type Operator<Name extends OperatorName> = z.infer<(typeof operators)[Name]>;

/** The operator that an object stands for; null for an ordinary object. */
export function operatorOf(node: object): OperatorName | null {
  const name = Object.keys(node).find((key) => key.startsWith('$'));
  return name !== undefined && name in operators ? (name as OperatorName) : null;
}

/** Only for nodes that `parseMapping` has seen. */
export function readOperator<Name extends OperatorName>(name: Name, node: object): Operator<Name> {
  return operators[name].parse(node) as Operator<Name>;
}

const wholeRow = '$row';

/** Lines before the header, or before the first row. */
const skipLines = z.int().min(0).max(1_000).exactOptional();
/** Default: UTF-8, or what the byte order mark says. */
const encoding = z.enum(textEncodings).exactOptional();

const columns = z.array(columnName).min(1).max(1_000).exactOptional();
const formatSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('csv'),
    delimiter: z.string().length(1).default(','),
    quote: z.string().length(1).nullable().default('"'),
    /** Names for a file without a header. */
    columns,
    skipLines,
    encoding,
  }),
  z.strictObject({ type: z.literal('whitespace'), columns, skipLines, encoding }),
  z.strictObject({ type: z.literal('jsonl'), encoding }),
]);
export type FileFormat = z.infer<typeof formatSchema>;

const mappingSchema = z
  .strictObject({
    description: z.string().exactOptional(),
    format: formatSchema,
    /** Texts that stand for nothing, as a column holds them. */
    nullTexts: z.array(z.string().min(1).max(100)).max(50).exactOptional(),
    /** Rows that fulfil all of them are taken. */
    where: z.array(rowCondition).min(1).max(20).exactOptional(),
    group: z
      .strictObject({
        by: z.array(columnName).min(1).max(10),
        within: z.array(columnName).min(1).max(10).exactOptional(),
      })
      .exactOptional(),
    touchpoint: z.record(z.string(), z.unknown()),
  })
  .superRefine(({ group, touchpoint }, context) => {
    const issue = (path: readonly (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: ['touchpoint', ...path], message });
    if (isWholeRow(touchpoint)) {
      if (group !== undefined) issue([], 'a whole row cannot be a group of rows');
      return;
    }
    checkNode(touchpoint, [], { inGroup: group !== undefined, issue });
    checkId(touchpoint, issue);
    if (!('type' in touchpoint)) issue(['type'], 'is required, such as "track"');
  });
export type Mapping = z.infer<typeof mappingSchema>;

/** The row is a touchpoint already. */
export function isWholeRow(touchpoint: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(touchpoint).length === 1 && touchpoint[wholeRow] === true;
}

export type ParsedMapping = { ok: true; mapping: Mapping } | { ok: false; problems: string[] };

/** Each problem names the field, such as `touchpoint.properties.revenue.as: …`. */
export function parseMapping(value: unknown): ParsedMapping {
  const result = mappingSchema.safeParse(value);
  if (result.success) return { ok: true, mapping: result.data };
  return {
    ok: false,
    problems: result.error.issues.map(
      ({ path, message }) => `${path.map(String).join('.') || 'mapping'}: ${message}`,
    ),
  };
}

interface Check {
  inGroup: boolean;
  issue: (path: readonly (string | number)[], message: string) => void;
}

function checkNode(node: unknown, path: (string | number)[], check: Check): void {
  if (typeof node === 'string') {
    const parsed = parseTemplate(node);
    if (!parsed.ok) check.issue(path, parsed.message);
    return;
  }
  if (Array.isArray(node)) {
    for (const [index, entry] of node.entries()) checkNode(entry, [...path, index], check);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const marked = Object.keys(node).find((key) => key.startsWith('$'));
  if (marked === undefined) {
    for (const [key, entry] of Object.entries(node)) checkNode(entry, [...path, key], check);
    return;
  }
  const name = operatorOf(node);
  if (name === null) {
    check.issue([...path, marked], `is not known; there are ${Object.keys(operators).join(', ')}`);
    return;
  }
  const result = operators[name].safeParse(node);
  for (const { path: below, message } of result.error?.issues ?? []) {
    check.issue([...path, ...below.map((part) => (typeof part === 'symbol' ? String(part) : part))], message);
  }
  if ((name === '$sum' || name === '$count' || name === '$each') && !check.inGroup) {
    check.issue(path, `${name} is for grouped rows: the mapping has no "group"`);
  }
  if (name === '$each') checkNode((node as Operator<'$each'>).$each, [...path, '$each'], check);
}

/** An id that is the same for every row would make one touchpoint of them, one by chance a new one at each replay. */
function checkId(touchpoint: Readonly<Record<string, unknown>>, issue: Check['issue']): void {
  const id = touchpoint['id'] ?? touchpoint['messageId'];
  if (typeof id !== 'string') {
    issue(['id'], 'is required: a text that names columns, such as "order-{order_id}", or {@row}');
    return;
  }
  const parsed = parseTemplate(id);
  if (!parsed.ok) return;
  if (columnsOf(parsed.parts).length === 0 && !id.includes('{@row}')) {
    issue(['id'], 'must name a column or {@row}, or all rows would be one touchpoint');
  }
}
