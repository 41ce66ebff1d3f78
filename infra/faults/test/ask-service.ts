/** Asks a service of a started stack with its admin key, and expects it to do what it is asked. */
import type { StartedServices } from '@throughline/testkit';
import { expect } from 'vitest';

export interface ServiceQuestion {
  service: keyof StartedServices['urls'];
  path: string;
  method?: string;
  body?: object | undefined;
}

/** @param T what the path answers */
export async function askService<T>(
  services: StartedServices,
  { service, path, method = 'GET', body }: ServiceQuestion,
): Promise<T> {
  const response = await fetch(`${services.urls[service]}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${services.keys.admin}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect([response.status < 300, text]).toEqual([true, text]);
  return JSON.parse(text) as T;
}
