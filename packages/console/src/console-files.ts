/** What a browser gets of the console: one page, and the files that it names. */
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface ConsoleFile {
  /** Media type. */
  type: string;
  plain: Buffer;
  zipped: Buffer;
}

export interface ConsoleFiles {
  page: ConsoleFile;
  /** By name, which has a digest of the contents. */
  assets: ReadonlyMap<string, ConsoleFile>;
}

export interface ConsoleSources {
  /** With `{{script}}` and `{{style}}` where the addresses of the two belong. */
  page: string;
  script: string;
  style: string;
}

export function toConsoleFiles({ page, script, style }: ConsoleSources): ConsoleFiles {
  const scriptName = `console-${digestOf(script)}.js`;
  const styleName = `console-${digestOf(style)}.css`;
  const html = page
    .replace('{{script}}', `/console/assets/${scriptName}`)
    .replace('{{style}}', `/console/assets/${styleName}`);
  return {
    page: toFile('text/html; charset=utf-8', html),
    assets: new Map([
      [scriptName, toFile('text/javascript; charset=utf-8', script)],
      [styleName, toFile('text/css; charset=utf-8', style)],
    ]),
  };
}

function toFile(type: string, text: string): ConsoleFile {
  const plain = Buffer.from(text);
  return { type, plain, zipped: gzipSync(plain, { level: 9 }) };
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 12);
}
