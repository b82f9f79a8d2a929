import type { PredicatePlugin, TransformPlugin } from '../api/converter.ts';

/** Every transform there is. To add one: a file, and a line here. */
export const TRANSFORMS: readonly TransformPlugin[] = [];
export const PREDICATES: readonly PredicatePlugin[] = [];
