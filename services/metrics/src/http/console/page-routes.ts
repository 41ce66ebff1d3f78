/** The console's one page and its files. Every address of the console that is no file is the page: its script shows what is asked for. */
import { AppError } from '@throughline/contracts';
import type { ConsoleFile, LoadConsole } from '@throughline/console';
import type { HttpApp } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';

const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/** The names of the files hold a digest of their contents. */
const keptForEver = 'public, max-age=31536000, immutable';

export function addPageRoutes(app: HttpApp, loadConsole: LoadConsole): void {
  const schema = { hide: true };
  const sendPage = async (request: FastifyRequest, reply: FastifyReply) => {
    const { page } = await loadConsole();
    reply.header('content-security-policy', contentSecurityPolicy);
    return await sendFile(request, reply, page);
  };
  app.get('/console', { schema }, sendPage);
  app.get('/console/*', { schema }, sendPage);
  app.get(
    '/console/assets/:name',
    { schema, config: { cacheControl: keptForEver } },
    async (request, reply) => {
      const { name } = request.params as { name: string };
      const file = (await loadConsole()).assets.get(name);
      if (file === undefined) throw new AppError('not_found', '');
      return await sendFile(request, reply, file);
    },
  );
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: ConsoleFile,
): Promise<FastifyReply> {
  const isZipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  reply.type(file.type).header('vary', 'accept-encoding');
  if (isZipped) reply.header('content-encoding', 'gzip');
  return await reply.serializer((payload) => payload as string).send(isZipped ? file.zipped : file.plain);
}
