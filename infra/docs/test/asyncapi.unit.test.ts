import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { acceptedTouchpointSchema, describeTopics, topics } from '@throughline/contracts';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';

const require = createRequire(import.meta.url);
const document = describeTopics() as {
  channels: Record<string, { address: string; messages: Record<string, { $ref: string }> }>;
  operations: Record<string, { action: string; channel: { $ref: string } }>;
  components: { messages: Record<string, { payload: object; examples?: { payload: unknown }[] }> };
};

function createAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv;
}

describe('the AsyncAPI document', () => {
  test('is written to infra/docs/asyncapi.json', async () => {
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../asyncapi.json');
  });

  test('is valid by the published schema of AsyncAPI 3', () => {
    const schema = JSON.parse(
      readFileSync(require.resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'), 'utf8'),
    ) as object;
    const validate = createAjv().compile(schema);
    const isValid = validate(structuredClone(document));
    expect(validate.errors ?? []).toEqual([]);
    expect(isValid).toBe(true);
    expect(validate({ ...document, channels: { broken: { address: 7 } } })).toBe(false);
  });

  test('has every topic, and refers to nothing that is not in it', () => {
    expect(Object.values(document.channels).map(({ address }) => address)).toEqual(Object.values(topics));
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const path of references) {
      if (path.startsWith('definitions/')) continue;
      const target = path
        .split('/')
        .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], document);
      expect({ path, isThere: target !== undefined }).toEqual({ path, isThere: true });
    }
  });

  test.each(Object.entries(document.components.messages))('has a valid example of %s', (_name, message) => {
    const validate = createAjv().compile(message.payload);
    for (const { payload } of message.examples ?? []) {
      validate(payload);
      expect(validate.errors ?? []).toEqual([]);
    }
    expect(message.examples ?? []).toHaveLength(1);
    expect(validate({})).toBe(false);
  });

  test('has payloads that the services accept', () => {
    const [example] = document.components.messages['acceptedTouchpoint']?.examples ?? [];
    expect(acceptedTouchpointSchema.safeParse(example?.payload).success).toBe(true);
  });
});
