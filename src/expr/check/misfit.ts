import type { FunctionDefinition } from '../../functions/api.ts';
import { formatParamType, unify, type Bindings } from '../../functions/param-type.ts';
import type { ArgType } from '../../functions/resolve.ts';
import { findCast } from '../../types/cast.ts';
import { formatType, type SqlType } from '../../types/sql-type.ts';

/** The argument at `index` fits no overload; `hint` says what to write. */
export interface Misfit {
  readonly index: number;
  readonly hint: string;
}

/**
 * The first argument that fits no overload with as many parameters: one of another type than the other arguments
 * require, as in ARRAY_CONTAINS(texts, 5), or of another kind than the function takes, as in MAP_KEYS(a_struct).
 */
export function misfitAdvice(
  name: string,
  args: readonly string[],
  types: readonly ArgType[],
  definition: FunctionDefinition,
): Misfit | undefined {
  let furthest: Misfit | undefined;
  for (const { params, variadic } of definition.signatures) {
    if (variadic !== undefined || params.length !== args.length) continue;
    const bindings: Bindings = new Map();
    for (const [index, param] of params.entries()) {
      const type = types[index];
      if (type === undefined || !isValue(type)) continue;
      const bound = param.type.kind === 'GENERIC' ? bindings.get(param.type.name) : undefined;
      if (bound === undefined ? unify(param.type, type, bindings) : bound.kind === type.kind) continue;
      if (furthest !== undefined && furthest.index >= index) break;
      const shown = args[index] ?? '';
      furthest = {
        index,
        hint:
          bound === undefined
            ? `${name} takes ${formatParamType(param.type)} there, and ${shown} is ${formatType(type)}.${fieldOf(shown, type)}`
            : `${shown} is ${formatType(type)}, where ${formatType(bound)} is wanted: ${name}(${args.map((arg, i) => (i === index ? converted(arg, type, bound) : arg)).join(', ')}).`,
      };
      break;
    }
  }
  return furthest;
}

function isValue(type: ArgType): type is SqlType {
  return type.kind !== 'LAMBDA' && type.kind !== 'NULL' && type.kind !== 'INTERVAL_UNIT';
}

/**
 * The argument converted to that type: a number becomes a string literal, anything else gets a CAST if there is one.
 */
function converted(arg: string, from: SqlType, to: SqlType): string {
  if (to.kind === 'STRING' && /^-?[\d.]+$/.test(arg)) return `'${arg}'`;
  const isNumber = to.kind === 'INTEGER' || to.kind === 'BIGINT' || to.kind === 'DOUBLE';
  const digits = /^'(-?\d+)'$/.exec(arg)?.[1];
  if (isNumber && digits !== undefined) return digits;
  return findCast(from, to) === undefined ? `a ${formatType(to)}` : `CAST(${arg} AS ${formatType(to)})`;
}

function fieldOf(shown: string, type: SqlType): string {
  const field = type.kind === 'STRUCT' ? type.fields[0]?.name : undefined;
  return field === undefined ? '' : ` Its fields are read by an arrow: ${shown}->${field}.`;
}
