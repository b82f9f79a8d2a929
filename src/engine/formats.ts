import { FORMATS } from '../formats/registry.ts';
import type { FormatLookup } from '../plan/context.ts';

const BY_NAME = new Map(FORMATS.map((format) => [format.name, format]));

/** The table of formats as the planner looks things up. */
export const FORMATS_BY_NAME: FormatLookup = { find: (name) => BY_NAME.get(name.toUpperCase()), all: () => FORMATS };
