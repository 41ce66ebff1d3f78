/**
 * What a process started by a test inherits: where programs are, and where Node keeps what it compiled, so that a
 * service that many tests start is compiled once. None of the settings of the shell that runs the tests.
 */
export function childEnvironment(): { PATH?: string; NODE_COMPILE_CACHE?: string } {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
  };
}
