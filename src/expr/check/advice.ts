import { must } from '../../base/assert.ts';
import type { Subscript } from '../../sql/ast/expressions.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { isNumeric } from '../../types/coerce.ts';
import type { FunctionDefinition } from '../../functions/api.ts';
import type { ArgType } from '../../functions/resolve.ts';
import { findCast } from '../../types/cast.ts';
import { formatType, type SqlType } from '../../types/sql-type.ts';
import type { TypedExpr } from '../typed.ts';
import { isUntypedNull } from './literals.ts';

/** An operand of a comparison: its SQL text, its type, and its value if it is a text literal. */
export interface Side {
  readonly shown: string;
  readonly type: SqlType;
  readonly literal: string | undefined;
}

const WHOLE = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;

/** How two operands that cannot be compared can be made comparable: the CAST, or the literal without quotes. */
export function comparisonAdvice(op: string, left: Side, right: Side): string | undefined {
  return oneWay(op, left, right, false) ?? oneWay(op, right, left, true);
}

/** Advice for converting `side` to match `other`; `swapped` if `side` is the right operand. */
function oneWay(op: string, side: Side, other: Side, swapped: boolean): string | undefined {
  const compared = (a: string, b: string): string => (swapped ? `${b} ${op} ${a}` : `${a} ${op} ${b}`);
  const cast = (s: Side, type: string): string => `CAST(${s.shown} AS ${type})`;
  const { kind } = side.type;
  if (isNumeric(side.type) && other.type.kind === 'STRING') {
    if (other.literal !== undefined) {
      const isNumber = kind === 'INTEGER' || kind === 'BIGINT' ? WHOLE : NUMBER;
      if (isNumber.test(other.literal))
        return `${side.shown} is a number, and a number has no quotes: ${compared(side.shown, other.literal)}.`;
      return `${side.shown} is a number. To compare it as a text: ${compared(cast(side, 'STRING'), other.shown)}.`;
    }
    return `${compared(cast(side, 'STRING'), other.shown)} compares texts, ${compared(side.shown, cast(other, formatType(side.type)))} numbers.`;
  }
  if (kind === 'TIMESTAMP' && (other.type.kind === 'BIGINT' || other.type.kind === 'INTEGER'))
    return `FROM_UNIXTIME makes a TIMESTAMP of milliseconds: ${compared(side.shown, `FROM_UNIXTIME(${other.shown})`)}.`;
  if ((kind === 'DATE' || kind === 'TIME') && isNumeric(other.type))
    return `${kind === 'DATE' ? "A date is compared with a text such as '2024-12-31'" : "A time is compared with a text such as '23:59:59'"}.`;
  if (kind === 'BOOLEAN' && other.literal !== undefined)
    return `${side.shown} is a BOOLEAN: TRUE and FALSE have no quotes.`;
  if (kind === 'BOOLEAN' && isNumeric(other.type) && /^[01]$/.test(other.shown))
    return `${side.shown} is a BOOLEAN: ${compared(side.shown, other.shown === '1' ? 'TRUE' : 'FALSE')}.`;
  if (kind === 'BOOLEAN' && other.type.kind !== 'BOOLEAN')
    return `${side.shown} is a BOOLEAN, and compared with TRUE and FALSE.`;
  if (kind === 'ARRAY' && other.type.kind !== 'ARRAY')
    return `ARRAY_CONTAINS(${side.shown}, ${other.shown}) asks whether an element is in the array.`;
  if (kind === 'MAP' && other.type.kind !== 'MAP')
    return `${compared(`${side.shown}['key']`, other.shown)} compares what a key has.`;
  if (kind === 'STRUCT' && other.type.kind !== 'STRUCT' && side.type.kind === 'STRUCT')
    return `${compared(`${side.shown}->${side.type.fields[0]?.name ?? 'field'}`, other.shown)} compares a field.`;
  if (kind === 'BYTES' && other.type.kind === 'STRING')
    return `${compared(side.shown, `TO_BYTES(${other.shown}, 'utf8')`)} compares bytes.`;
  return undefined;
}

/** How to access a field or element of a value that is not a STRUCT, to which `->` was applied. */
export function fieldAdvice(type: SqlType, base: string, field: string): string | undefined {
  switch (type.kind) {
    case 'MAP':
      return `The value of a key is written ${base}['${field.toLowerCase()}'].`;
    case 'STRING':
      return `${base} is a text. If it holds JSON: EXTRACTJSONFIELD(${base}, '$.${field.toLowerCase()}').`;
    case 'ARRAY':
      return `An element is written ${base}[1]${type.element.kind === 'STRUCT' ? `, its field ${base}[1]->${field}` : ''}.`;
    default:
      return undefined;
  }
}

/** The types to which a CAST loses least. */
const CAST_TO: Readonly<Record<string, SqlType>> = {
  STRING: { kind: 'STRING' },
  DOUBLE: { kind: 'DOUBLE' },
  BIGINT: { kind: 'BIGINT' },
  INTEGER: { kind: 'INTEGER' },
  BOOLEAN: { kind: 'BOOLEAN' },
  TIMESTAMP: { kind: 'TIMESTAMP' },
  DATE: { kind: 'DATE' },
  TIME: { kind: 'TIME' },
};

const NUMBERS: ReadonlySet<string> = new Set(['INTEGER', 'BIGINT', 'DOUBLE', 'DECIMAL']);

/**
 * Advice for COALESCE and similar functions: all arguments must have the type of the first, or STRING if one of them is
 * a text.
 */
function oneType(
  name: string,
  args: readonly string[],
  types: readonly ArgType[],
  definition: FunctionDefinition,
): string | undefined {
  const [first] = types;
  const generic = definition.signatures.some(
    (s) =>
      (s.params.length === args.length || (s.variadic !== undefined && s.params.length <= args.length)) &&
      s.params.every((p) => p.type.kind === 'GENERIC'),
  );
  if (!generic || first === undefined || !isSqlType(first)) return undefined;
  // A text rarely spells a value of another type, but every value can be converted to text.
  const one = types.find((t): t is SqlType => t.kind === 'STRING') ?? first;
  const shown = args.map((arg, i) => {
    const type = must(types[i], 'type');
    if (type.kind === one.kind || type.kind === 'NULL') return arg;
    return isSqlType(type) && findCast(type, one) !== undefined ? `CAST(${arg} AS ${formatType(one)})` : undefined;
  });
  if (shown.includes(undefined)) return undefined;
  return `All of them have one type: ${name}(${shown.join(', ')}) is accepted.`;
}

/**
 * The call with the CASTs that make the function accept it: the overload with the same number of parameters that needs
 * the fewest. `operator`: the operator between the arguments, if the call was written with one.
 */
export function castAdvice(
  name: string,
  args: readonly string[],
  types: readonly ArgType[],
  definition: FunctionDefinition,
  operator?: string,
): string | undefined {
  const unit = definition.signatures.flatMap((s) => s.params).find((p) => p.type.kind === 'INTERVAL_UNIT');
  if (unit !== undefined && types[0]?.kind === 'STRING')
    return `The unit is a word without quotes: ${name}(${[must(args[0], 'arg').replaceAll("'", '').toUpperCase(), ...args.slice(1)].join(', ')}).`;
  const other = otherFunction(name, args, types);
  if (other !== undefined) return other;
  let noNumber: string | undefined;
  let best: { readonly shown: string; readonly casts: number; readonly order: number } | undefined;
  for (const signature of definition.signatures) {
    // A variadic parameter is repeated as often as in the call.
    const { variadic } = signature;
    const rest = args.length - signature.params.length;
    const params =
      variadic === undefined || rest <= 0
        ? signature.params
        : signature.params.flatMap((p, i) => (i === variadic ? Array.from({ length: rest + 1 }, () => p) : [p]));
    if (params.length !== args.length) continue;
    let casts = 0;
    let order = 0;
    const shown = args.map((arg, i) => {
      const type = must(types[i], 'type');
      const { kind } = must(params[i], 'param').type;
      const target = CAST_TO[kind];
      const fits = type.kind === kind || (type.kind === 'DECIMAL' && kind === 'ANY_DECIMAL');
      if (fits || type.kind === 'NULL') return arg;
      casts++;
      order += target === undefined ? 0 : Object.keys(CAST_TO).indexOf(target.kind);
      // 'a' is not a number, and no cast makes it one.
      if (
        target !== undefined &&
        NUMBERS.has(target.kind) &&
        arg.startsWith("'") &&
        !/^'\s*[-+]?[\d.]+\s*'$/.test(arg)
      ) {
        noNumber = arg;
        return undefined;
      }
      const possible = target !== undefined && isSqlType(type) && findCast(type, target) !== undefined;
      return possible ? `CAST(${arg} AS ${formatType(target)})` : undefined;
    });
    if (shown.includes(undefined) || casts === 0) continue;
    if (best === undefined || casts < best.casts || (casts === best.casts && order < best.order)) {
      const call = operator === undefined ? `${name}(${shown.join(', ')})` : shown.join(` ${operator} `);
      best = { shown: call, casts, order };
    }
  }
  if (best !== undefined) return `${best.shown} is accepted.`;
  return (
    oneType(name, args, types, definition) ??
    (noNumber && `${noNumber} is a text, and no number.`) ??
    countAdvice(name, args, definition) ??
    lambdaAdvice(name, definition)
  );
}

/** Functions that accept a value of the argument's type, when the named function is meant for another type. */
function otherFunction(name: string, args: readonly string[], types: readonly ArgType[]): string | undefined {
  const [arg = '', ...others] = args;
  const [type] = types;
  if (type === undefined) return undefined;
  const call = (instead: string): string => `${[instead, ...others].join(', ')})`;
  const isDocument = type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'STRUCT';
  // CAST to STRING does not produce JSON.
  if (isDocument && /JSON/.test(name) && args.length > 1) {
    const direct = { ARRAY: `${arg}[1]`, MAP: `${arg}['key']`, STRUCT: `${arg}->FIELD` }[type.kind];
    return `${arg} is no JSON text: ${direct} takes a part of it, ${call(`${name}(TO_JSON_STRING(${arg})`)} one of its JSON.`;
  }
  switch (type.kind) {
    case 'ARRAY':
      return name === 'LEN' ? `ARRAY_LENGTH(${arg}) counts the elements of an array.` : undefined;
    case 'MAP':
      if (name === 'EXPLODE')
        return `EXPLODE(MAP_KEYS(${arg})) makes a row of each key, EXPLODE(MAP_VALUES(${arg})) of each value, EXPLODE(ENTRIES(${arg}, TRUE)) of both.`;
      return name === 'LEN' ? `ARRAY_LENGTH(MAP_KEYS(${arg})) counts the entries of a map.` : undefined;
    case 'TIMESTAMP':
      if (name === 'TIMESTAMPTOSTRING') return `${call(`FORMAT_TIMESTAMP(${arg}`)} makes a text of a TIMESTAMP.`;
      if (name === 'AVG' || name === 'SUM')
        return `${name}(UNIX_TIMESTAMP(${arg})) reckons with ms, of which FROM_UNIXTIME makes a TIMESTAMP again.`;
      return undefined;
    case 'DATE':
      return name === 'DATETOSTRING' ? `${call(`FORMAT_DATE(${arg}`)} makes a text of a DATE.` : undefined;
    case 'STRING':
      return name === 'EXPLODE' ? `EXPLODE(SPLIT(${arg}, ',')) makes a row of each part of a text.` : undefined;
    case 'STRUCT':
      return /^(?:MAX|MIN|SUM|AVG)$/.test(name) && type.fields[0] !== undefined
        ? `${name}(${arg}->${type.fields[0].name}) takes one of its fields.`
        : undefined;
    default:
      return undefined;
  }
}

/** Which arguments are missing or superfluous, when no overload has that number of parameters. */
function countAdvice(name: string, args: readonly string[], definition: FunctionDefinition): string | undefined {
  const { signatures } = definition;
  if (signatures.some((s) => s.variadic !== undefined || s.params.length === args.length)) return undefined;
  const longest = Math.max(...signatures.map((s) => s.params.length));
  if (args.length > longest) {
    const most = longest === 0 ? 'no argument' : longest === 1 ? 'one argument' : `${longest} arguments at most`;
    return `${name} takes ${most}: ${name}(${args.slice(0, longest).join(', ')}).`;
  }
  const near = signatures
    .filter((s) => s.params.length > args.length)
    .toSorted((a, b) => a.params.length - b.params.length)[0];
  if (near === undefined) return undefined;
  const missing = near.params.slice(args.length).map((p) => p.name);
  return `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing: ${name}(${[...args, ...missing].join(', ')}).`;
}

/** FILTER(array, x => x): what the lambda must return. */
function lambdaAdvice(name: string, definition: FunctionDefinition): string | undefined {
  const isCondition = definition.signatures.every((s) =>
    s.params.some((p) => p.type.kind === 'LAMBDA' && p.type.returns.kind === 'BOOLEAN'),
  );
  return isCondition ? `The lambda is a condition: ${name}(…, x => x = 'a').` : undefined;
}

/** How to write a subscript whose type is wrong, such as `pos['lat']`. */
export function subscriptAdvice(base: TypedExpr, node: Subscript): string | undefined {
  if (isUntypedNull(base)) return undefined;
  const shown = formatExpression(node.base);
  if (base.type.kind === 'STRUCT') {
    const asked = node.index.kind === 'StringLiteral' ? node.index.value.toUpperCase() : undefined;
    const field = base.type.fields.find((f) => f.name.toUpperCase() === asked) ?? base.type.fields[0];
    return field === undefined ? undefined : `A field of a STRUCT is written with an arrow: ${shown}->${field.name}.`;
  }
  return base.type.kind === 'STRING'
    ? `${shown} is a text: SUBSTRING(${shown}, 1, 1) takes a character, EXTRACTJSONFIELD(${shown}, '$.name') a part of JSON.`
    : undefined;
}

function isSqlType(type: ArgType): type is SqlType {
  return type.kind !== 'LAMBDA' && type.kind !== 'NULL' && type.kind !== 'INTERVAL_UNIT';
}

/** What to write when no cast converts one type to the other. */
export function noCastAdvice(from: SqlType, to: SqlType, shown: string): string {
  switch (from.kind) {
    case 'ARRAY':
      return `${shown}[1] is its first element, TO_JSON_STRING(${shown}) the whole as a text.`;
    case 'MAP':
      return `${shown}['key'] is one of its values, TO_JSON_STRING(${shown}) the whole as a text.`;
    case 'STRUCT':
      return `${shown}->${from.fields[0]?.name ?? 'field'} is one of its fields, TO_JSON_STRING(${shown}) the whole as a text.`;
    case 'TIMESTAMP':
      return `UNIX_TIMESTAMP(${shown}) is its milliseconds, FORMAT_TIMESTAMP(${shown}, 'yyyy-MM-dd') a text.`;
    case 'DATE':
      return `UNIX_DATE(${shown}) is its days since 1970, FORMAT_DATE(${shown}, 'yyyy-MM-dd') a text.`;
    default:
      return to.kind === 'TIMESTAMP' && (from.kind === 'BIGINT' || from.kind === 'INTEGER')
        ? `FROM_UNIXTIME(${shown}) makes a TIMESTAMP of milliseconds.`
        : `CAST leads between numbers, and from and to STRING; DESCRIBE FUNCTION and SHOW FUNCTIONS; tell other ways.`;
  }
}
