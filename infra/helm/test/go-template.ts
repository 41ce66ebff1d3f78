/**
 * Renders the chart's templates as Helm does, as far as they go: Go's text/template with the functions of Sprig and Helm that the
 * chart uses. Anything else is an error, so that a template which needs more fails here first. Where `helm` itself is
 * installed, a test compares the two.
 */
import { templateFunctions } from './template-functions.ts';

export type Scope = Readonly<Record<string, unknown>>;

interface Text {
  kind: 'text';
  text: string;
}
interface Output {
  kind: 'output';
  expression: string;
}
interface Assign {
  kind: 'assign';
  name: string;
  expression: string;
}
interface Branch {
  kind: 'if';
  cases: { condition: string | null; body: Node[] }[];
}
interface Range {
  kind: 'range';
  names: string[];
  expression: string;
  body: Node[];
}
type Node = Text | Output | Assign | Branch | Range;

export class TemplateSet {
  readonly #defined = new Map<string, Node[]>();

  /** Reads the definitions of a file, and gives what renders the rest of it. */
  add(text: string): (data: Scope) => string {
    const body = parse(lex(text), this.#defined);
    return (data) => this.#render(body, data, new Map([['$', data]]));
  }

  #render(nodes: readonly Node[], data: unknown, outer: ReadonlyMap<string, unknown>): string {
    const variables = new Map(outer);
    let out = '';
    for (const node of nodes) {
      if (node.kind === 'text') out += node.text;
      else if (node.kind === 'output') out += toText(this.#evaluate(node.expression, data, variables));
      else if (node.kind === 'assign')
        variables.set(node.name, this.#evaluate(node.expression, data, variables));
      else if (node.kind === 'if') out += this.#renderBranch(node, data, variables);
      else out += this.#renderRange(node, data, variables);
    }
    return out;
  }

  #renderBranch({ cases }: Branch, data: unknown, variables: ReadonlyMap<string, unknown>): string {
    for (const { condition, body } of cases) {
      if (condition === null || isTrue(this.#evaluate(condition, data, variables)))
        return this.#render(body, data, variables);
    }
    return '';
  }

  #renderRange(
    { names, expression, body }: Range,
    data: unknown,
    variables: ReadonlyMap<string, unknown>,
  ): string {
    const value = this.#evaluate(expression, data, variables) ?? [];
    // Go walks a map in the order of its keys.
    const entries: [unknown, unknown][] = Array.isArray(value)
      ? value.map((one, index) => [index, one])
      : Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
    return entries
      .map(([key, one]) => {
        const scope = new Map(variables);
        const [first = '', second] = names;
        if (second !== undefined) scope.set(first, key).set(second, one);
        else if (first !== '') scope.set(first, one);
        return this.#render(body, one, scope);
      })
      .join('');
  }

  #evaluate(expression: string, data: unknown, variables: ReadonlyMap<string, unknown>): unknown {
    const tokens = tokenize(expression);
    const value = this.#pipeline(tokens, data, variables);
    if (tokens.length > 0) throw new Error(`cannot read: ${expression}`);
    return value;
  }

  #pipeline(tokens: string[], data: unknown, variables: ReadonlyMap<string, unknown>): unknown {
    let piped: unknown[] = [];
    for (;;) {
      const words: unknown[] = [];
      const name = tokens[0] ?? '';
      const isCall = /^[a-z]/i.test(name) && !/^(true|false|nil)$/.test(name);
      if (isCall) tokens.shift();
      while (tokens.length > 0 && tokens[0] !== '|' && tokens[0] !== ')') {
        words.push(this.#operand(tokens, data, variables));
      }
      piped = [isCall ? this.#call(name, [...words, ...piped]) : words[0]];
      if (!isCall && words.length !== 1) throw new Error(`${words.length} operands without a function`);
      if (tokens[0] !== '|') return piped[0];
      tokens.shift();
    }
  }

  #operand(tokens: string[], data: unknown, variables: ReadonlyMap<string, unknown>): unknown {
    const token = tokens.shift() ?? '';
    if (token === '(') {
      const value = this.#pipeline(tokens, data, variables);
      if (tokens.shift() !== ')') throw new Error('a parenthesis is not closed');
      return value;
    }
    if (token.startsWith('"')) return JSON.parse(token);
    if (/^-?\d+$/.test(token)) return Number(token);
    if (token === 'true' || token === 'false') return token === 'true';
    const [head = '', ...path] = token.split('.');
    const base = head === '' ? data : variables.get(head);
    if (head !== '' && !variables.has(head)) throw new Error(`${head} is not set`);
    return path.filter((one) => one !== '').reduce((value, key) => fieldOf(value, key), base);
  }

  #call(name: string, words: unknown[]): unknown {
    if (name === 'include') {
      const [template, scope] = words as [string, Scope];
      const body = this.#defined.get(template);
      if (body === undefined) throw new Error(`no template ${template}`);
      return this.#render(body, scope, new Map([['$', scope]]));
    }
    const called = templateFunctions[name];
    if (called === undefined) throw new Error(`no function ${name}`);
    return called(...(words as never[]));
  }
}

function fieldOf(value: unknown, key: string): unknown {
  if (value === undefined || value === null) throw new Error(`nil pointer evaluating .${key}`);
  return (value as Record<string, unknown>)[key];
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') throw new Error('a map or a list is written out: toYaml is missing');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function isTrue(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function tokenize(expression: string): string[] {
  const tokens = expression.match(/"(?:[^"\\]|\\.)*"|[()|]|[^\s()|"]+/g) ?? [];
  return [...tokens];
}

type Lexeme = { text: string } | { action: string };

/** `{{-` takes the white space before it, `-}}` that behind it. */
function lex(text: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  let at = 0;
  let isTrimming = false;
  const push = (piece: string, trimsEnd: boolean): void => {
    const start = isTrimming ? piece.replace(/^\s+/, '') : piece;
    lexemes.push({ text: trimsEnd ? start.replace(/\s+$/, '') : start });
  };
  for (const match of text.matchAll(
    /\{\{(-\s)?\s*((?:"(?:[^"\\]|\\.)*"|\/\*[^]*?\*\/|[^"}])*?)\s*(\s-)?\}\}/g,
  )) {
    push(text.slice(at, match.index), match[1] !== undefined);
    lexemes.push({ action: (match[2] ?? '').trim() });
    isTrimming = match[3] !== undefined;
    at = match.index + match[0].length;
  }
  push(text.slice(at), false);
  return lexemes;
}

function parse(lexemes: readonly Lexeme[], defined: Map<string, Node[]>): Node[] {
  const root: Node[] = [];
  const open: { end: Node[]; branch?: Branch }[] = [{ end: root }];
  const here = (): Node[] => open.at(-1)?.end ?? root;
  for (const lexeme of lexemes) {
    if ('text' in lexeme) {
      here().push({ kind: 'text', text: lexeme.text });
      continue;
    }
    const { action } = lexeme;
    const [, word = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(action) ?? [];
    if (action.startsWith('/*')) continue;
    if (word === 'define') {
      const body: Node[] = [];
      defined.set(JSON.parse(rest) as string, body);
      open.push({ end: body });
    } else if (word === 'if') {
      const body: Node[] = [];
      const branch: Branch = { kind: 'if', cases: [{ condition: rest, body }] };
      here().push(branch);
      open.push({ end: body, branch });
    } else if (word === 'else') {
      const { branch } = open.pop() ?? {};
      if (branch === undefined) throw new Error('an else without an if');
      const body: Node[] = [];
      branch.cases.push({ condition: rest === '' ? null : rest.replace(/^if\s+/, ''), body });
      open.push({ end: body, branch });
    } else if (word === 'range') {
      const [, names = '', expression = rest] = /^(\$\w+(?:\s*,\s*\$\w+)?)\s*:=\s*([^]*)$/.exec(rest) ?? [];
      const body: Node[] = [];
      here().push({ kind: 'range', names: names.split(/\s*,\s*/), expression, body });
      open.push({ end: body });
    } else if (word === 'end') {
      open.pop();
      if (open.length === 0) throw new Error('an end too many');
    } else {
      here().push(assignmentOf(action) ?? { kind: 'output', expression: action });
    }
  }
  if (open.length !== 1) throw new Error('an end is missing');
  return root;
}

function assignmentOf(action: string): Assign | null {
  const [, name, expression] = /^(\$\w+)\s*:?=\s*([^]*)$/.exec(action) ?? [];
  return name === undefined || expression === undefined ? null : { kind: 'assign', name, expression };
}
