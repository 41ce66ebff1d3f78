/** `/openapi.json`, generated from the routes' own schemas, and `/docs`, its reader. */
import { keyKinds, keyPrefixes, type KeyKind } from '@throughline/contracts';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { HttpApp } from './http-app.ts';
import { keyKindsOf } from './require-key.ts';
import { docsContentSecurityPolicy } from './security-headers.ts';

export interface DocsOptions {
  title: string;
  description: string;
  version: string;
}

/** To be called before any route is added: the plugin collects routes as they come. */
export async function addDocsRoutes(
  app: HttpApp,
  { title, description, version }: DocsOptions,
): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      components: {
        securitySchemes: Object.fromEntries(keyKinds.map((kind) => [schemeName(kind), schemeOf(kind)])),
      },
      // Relative: the document is right under whatever name it was fetched.
      servers: [{ url: '/', description: 'The service that answers with this document' }],
      security: [],
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route);
      const kinds = keyKindsOf(route.route.onRequest) ?? [];
      return { schema: { ...schema, security: kinds.map((kind) => ({ [schemeName(kind)]: [] })) }, url };
    },
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsContentSecurityPolicy,
    // The reader's own validator badge would send the address of the specification to a third party.
    uiConfig: { validatorUrl: null },
  });
  let text: string | null = null;
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    text ??= JSON.stringify(app.swagger());
    return reply
      .type('application/json')
      .serializer((payload) => String(payload))
      .send(text);
  });
}

const purposes: Readonly<Record<KeyKind, string>> = {
  write: 'Public: stands in web pages and apps. Sends touchpoints; reads nothing.',
  server:
    'Secret: for back ends and tills, never in a page. Sends touchpoints that are vouched for, and imports.',
  read: 'Secret: reads profiles and figures.',
  admin: 'Secret: passes wherever another key does, and makes decisions.',
};

function schemeName(kind: KeyKind): string {
  return `${kind}Key`;
}

function schemeOf(kind: KeyKind): {
  type: 'http';
  scheme: 'bearer';
  bearerFormat: string;
  description: string;
} {
  const description = `${purposes[kind]} Also as the user name of HTTP Basic, with an empty password.`;
  return { type: 'http', scheme: 'bearer', bearerFormat: `${keyPrefixes[kind]}…`, description };
}
