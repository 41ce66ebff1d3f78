/** What a schema found wrong with a parameter, as a fault that names it and says what would have been right. */
import { AppError } from '@throughline/contracts';

/** One finding of a validator, as fastify-type-provider-zod hands it on. `params` is the rest of the zod issue. */
export interface ParameterFinding {
  instancePath: string;
  message?: string;
  params?: Readonly<Record<string, unknown>>;
}

/** A custom check (`refine`) says what it expects by `params: {expected}`. */
export function parameterFault(finding: ParameterFinding | undefined): AppError {
  const params = finding?.params ?? {};
  const path = (finding?.instancePath ?? '').split('/').filter((part) => part !== '');
  const [unknownKey] = Array.isArray(params['keys']) ? (params['keys'] as unknown[]) : [];
  if (typeof unknownKey === 'string') {
    // A key is a client's text, of any length.
    const field = [...path, unknownKey.slice(0, 100)].join('.');
    return new AppError('invalid_parameter', 'the parameter is not known', {
      field,
      expected: 'no such field',
    });
  }
  const expected = expectationOf(params);
  return new AppError('invalid_parameter', finding?.message ?? 'not valid', {
    field: path.join('.'),
    ...(expected === null ? {} : { expected }),
  });
}

function expectationOf(params: Readonly<Record<string, unknown>>): string | null {
  const own = params['params'];
  if (typeof own === 'object' && own !== null && 'expected' in own) return String(own.expected);
  if (Array.isArray(params['values'])) return params['values'].map(String).join(', ');
  const unit = { string: ' characters', array: ' items' }[String(params['origin'])] ?? '';
  const { maximum, minimum } = params;
  if (typeof maximum === 'number') return `at most ${maximum}${unit}`;
  if (typeof minimum === 'number') return `at least ${minimum}${unit}`;
  if (typeof params['expected'] === 'string') return params['expected'];
  return typeof params['pattern'] === 'string' ? params['pattern'] : null;
}
