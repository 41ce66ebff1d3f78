/** The page's address: what is shown is all in it, so that it can be shared and reloaded. It never holds a key. */
import { useLocation } from 'preact-iso';

export interface Address {
  path: string;
  query: Readonly<Record<string, string>>;
  go: (address: string) => void;
  /** Changes parameters of the page; an empty one is left out. */
  change: (parameters: Readonly<Record<string, string | number | undefined>>) => void;
}

/** The types of preact-iso leave out what its location has to navigate. */
type Navigable = ReturnType<typeof useLocation> & { route(address: string, isReplacing?: boolean): void };

export function useAddress(): Address {
  const location = useLocation() as Navigable;
  return {
    path: location.path,
    query: location.query,
    go: (address) => location.route(address),
    change: (parameters) =>
      location.route(withParameters(location.path, { ...location.query, ...parameters }), true),
  };
}

export function withParameters(
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
