export { parseMapping, type Mapping } from './core/mapping-schema.ts';
