/** An export as text: parts in a fixed order, as one JSON document or as lines, written while the parts are read. */

export type ExportList = 'identifiers' | 'traits' | 'links' | 'history' | 'decisions' | 'touchpoints';

export type ExportPart =
  | { kind: 'profile' | 'figures'; value: object }
  /** A page of a list; the pages of one list follow each other. */
  | { kind: ExportList; items: readonly object[] };

/** A line `{kind, value}` for each item, and a last one that says that nothing is missing. */
export async function* writeLines(parts: AsyncIterable<ExportPart>): AsyncGenerator<string> {
  for await (const part of parts) {
    const { kind } = part;
    const items = 'items' in part ? part.items : [part.value];
    if (items.length > 0) yield items.map((value) => `${JSON.stringify({ kind, value })}\n`).join('');
  }
  yield `${JSON.stringify({ kind: 'end', complete: true })}\n`;
}

/** One object; it ends with `complete`, so that an export that broke off is no JSON. */
export async function* writeDocument(parts: AsyncIterable<ExportPart>): AsyncGenerator<string> {
  let open: ExportList | null = null;
  let isFirst = true;
  yield '{';
  for await (const part of parts) {
    let text = '';
    if (open !== null && open !== part.kind) {
      text += '],';
      open = null;
    }
    if (!('items' in part)) {
      yield `${text}"${part.kind}":${JSON.stringify(part.value)},`;
      continue;
    }
    if (open === null) {
      text += `"${part.kind}":[`;
      open = part.kind;
      isFirst = true;
    }
    for (const item of part.items) {
      text += `${isFirst ? '' : ','}${JSON.stringify(item)}`;
      isFirst = false;
    }
    yield text;
  }
  yield `${open === null ? '' : '],'}"complete":true}`;
}
