import type { FunctionDefinition } from './api.ts';
import { createRegistry, type FunctionRegistry } from './registry.ts';

/** Every built-in function, listed one by one. */
export const BUILT_IN: readonly FunctionDefinition[] = [];

/** The registry of the built-ins alone. */
export const BUILT_IN_REGISTRY: FunctionRegistry = createRegistry(BUILT_IN);
