/** Which methods a path has, so that a wrong one is a 405 that says so; fastify itself answers 404. */
export interface RouteTable {
  add(method: string, pattern: string): void;
  /** Sorted methods of all routes that match the path; empty when there is nothing there. */
  methodsOf(path: string): string[];
}

export function createRouteTable(): RouteTable {
  const routes = new Map<string, { matches: RegExp; methods: Set<string> }>();
  return {
    add(method, pattern) {
      let route = routes.get(pattern);
      if (route === undefined) {
        route = { matches: expressionOf(pattern), methods: new Set() };
        routes.set(pattern, route);
      }
      route.methods.add(method);
    },
    methodsOf(path) {
      const methods = new Set<string>();
      for (const route of routes.values()) {
        if (route.matches.test(path)) for (const method of route.methods) methods.add(method);
      }
      return [...methods].toSorted();
    },
  };
}

function expressionOf(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((part) => {
      if (part === '*') return '.*';
      if (part.startsWith(':')) return '[^/]+';
      return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
}
