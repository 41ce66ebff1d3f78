/** The chart with values of a deployment: its defaults under them, held to the schema, rendered. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';
import { TemplateSet, type Scope } from './go-template.ts';

export const chartDirectory = path.join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(chartDirectory, file), 'utf8');

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec?: Record<string, unknown>;
}

export const defaultValues = (): Scope => parse(read('values.yaml')) as Scope;
export const valuesSchema = (): Scope => JSON.parse(read('values.schema.json')) as Scope;

/** As Helm merges: maps key by key, everything else replaced. */
export function mergeValues(base: Scope, over: Scope): Scope {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMap(value) && isMap(below) ? mergeValues(below, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Scope {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws naming the place in the values, as Helm does */
export function checkValues(values: Scope): void {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(valuesSchema());
  if (validate(values)) return;
  throw new Error((validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`).join('; '));
}

/** @throws what the schema or a template refuses */
export function renderChart(over: Scope): Manifest[] {
  const values = mergeValues(defaultValues(), over);
  checkValues(values);
  const chart = parse(read('Chart.yaml')) as { name: string; version: string; appVersion: string };
  const data = {
    Values: values,
    Chart: { Name: chart.name, Version: chart.version, AppVersion: chart.appVersion },
    Release: { Name: 'throughline', Namespace: 'default', Service: 'Helm' },
  };
  const templates = new TemplateSet();
  const renders = readdirSync(path.join(chartDirectory, 'templates'))
    .toSorted()
    .map((name) => ({ name, render: templates.add(read(`templates/${name}`)) }));
  return renders.flatMap(({ name, render }) => {
    const text = render(data);
    return name.endsWith('.yaml') ? manifestsOf(text) : [];
  });
}

export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}
