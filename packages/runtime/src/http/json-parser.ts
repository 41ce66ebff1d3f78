/** The one body that native routes take: `application/json` in UTF-8. Everything else is a 415. */
import { AppError } from '@throughline/contracts';
import type { FastifyRequest } from 'fastify';
import type { HttpApp } from './http-app.ts';
import type { BodyReader } from './body-reader.ts';
import { checkJsonShape, decodeUtf8, parseJsonText } from './parse-json.ts';

export function addJsonParser(app: HttpApp, bodyReader: BodyReader): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    async (request: FastifyRequest, stream: FastifyRequest['raw']) => {
      checkCharset(request);
      const value = parseJsonText(decodeUtf8(await bodyReader.read(request, stream)));
      checkJsonShape(value);
      request.heldBody?.loopTurn?.end();
      return value;
    },
  );
}

/** JSON is UTF-8 (RFC 8259, section 8.1). @throws AppError unsupported_media_type for any other charset */
export function checkCharset(request: FastifyRequest): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new AppError('unsupported_media_type', 'only UTF-8 is read', {
      field: 'content-type',
      expected: 'charset=utf-8',
    });
  }
}
