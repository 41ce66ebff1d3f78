/** `/openapi.json`, generated from the routes' own schemas, and `/docs`, its reader. */
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { HttpApp } from './http-app.ts';
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
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
      security: [{ bearer: [] }, { basic: [] }],
    },
    transform: jsonSchemaTransform,
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
