/**
 * An ARTS POSLog document as its transactions: each is an item of its own, in a form that JSON can keep. A document type
 * declaration is refused, and with it every entity but those of XML itself: none can make a small document large or reach a file.
 */
import { AppError } from '@throughline/contracts';
import { SaxesParser } from 'saxes';
import { setMember, type XmlElement } from '../core/pos/xml-element.ts';
import { checkItemCount } from './request-limits.ts';

const maxDepth = 40;
const maxElements = 200_000;

/**
 * The `Transaction` elements of a document whose root is `POSLog`, or is one of them.
 * @throws AppError malformed_request, nesting_too_deep, too_many_items, payload_too_large
 */
export function parsePoslog(text: string): XmlElement[] {
  const transactions: XmlElement[] = [];
  const open: XmlElement[] = [];
  let elements = 0;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('doctype', () => {
    throw new AppError('malformed_request', 'a document type declaration is never read', {
      expected: 'XML without <!DOCTYPE',
    });
  });
  parser.on('error', (error) => {
    throw new AppError('malformed_request', `not well-formed XML, in line ${parser.line}`, { cause: error });
  });
  parser.on('opentag', ({ local, attributes }) => {
    elements += 1;
    if (elements > maxElements) {
      throw new AppError('payload_too_large', `a document has at most ${maxElements} elements`);
    }
    if (open.length >= maxDepth)
      throw new AppError('nesting_too_deep', `XML is nested at most ${maxDepth} deep`);
    if (open.length === 0 && local !== 'POSLog' && local !== 'Transaction') {
      throw new AppError('malformed_request', 'the root is no POSLog', {
        expected: '<POSLog> or <Transaction>',
      });
    }
    const element: XmlElement = {};
    for (const attribute of Object.values(attributes)) {
      if (attribute.prefix !== 'xmlns' && attribute.name !== 'xmlns') {
        setMember(element, `@${attribute.local}`, attribute.value);
      }
    }
    const isTransaction = local === 'Transaction' && open.length <= 1;
    if (isTransaction) transactions.push(element);
    else addChild(open.at(-1), local, element);
    open.push(element);
  });
  parser.on('text', (content) => {
    const element = open.at(-1);
    if (element !== undefined && content.trim() !== '') {
      setMember(
        element,
        '#text',
        `${typeof element['#text'] === 'string' ? element['#text'] : ''}${content}`,
      );
    }
  });
  parser.on('cdata', (content) => {
    const element = open.at(-1);
    if (element !== undefined) setMember(element, '#text', content);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  if (transactions.length === 0) {
    throw new AppError('malformed_request', 'the document has no transaction', { expected: '<Transaction>' });
  }
  checkItemCount(transactions.length);
  return transactions;
}

function addChild(parent: XmlElement | undefined, name: string, child: XmlElement): void {
  if (parent === undefined) return;
  const siblings = Object.hasOwn(parent, name) ? parent[name] : undefined;
  if (Array.isArray(siblings)) siblings.push(child);
  else setMember(parent, name, [child]);
}
