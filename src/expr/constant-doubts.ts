import type { Param } from '../functions/api.ts';
import type { FunctionRegistry } from '../functions/registry.ts';
import type { Expression, FunctionCall, Subscript } from '../sql/ast/expressions.ts';
import { type AnyNode, visit } from '../sql/ast/visit.ts';
import { formatExpression } from '../sql/printer/expressions.ts';
import type { SqlType } from '../types/sql-type.ts';
import { doubtsText } from '../types/datetime-doubts.ts';
import { findZone, zonesLike } from '../types/zone.ts';
import { formatString } from '../sql/printer/names.ts';
import { rangeDoubts } from './range-doubts.ts';
import { epochDoubts, timeDoubts } from './time-doubts.ts';

/**
 * Warnings for constants in a statement that silently make its results NULL or wrong, each given once: time patterns
 * whose letters probably do not have the intended meaning, as in PARSE_TIMESTAMP(text, 'YYYY-MM-DD'); unknown zones;
 * element 0 of an array; a numeric subscript of a map, whose keys are strings; division by zero; a star in LIKE;
 * lengths of types, as in VARCHAR(40); an undefined variable; times in a unit other than ms; ranges without values;
 * NULL in a list. The results are those of Java and ksqlDB.
 *
 * @param typesOf the types of the columns with a name, among all sources of the statement
 */
export function constantDoubts(
  statement: AnyNode,
  functions: FunctionRegistry,
  typesOf: (column: string) => readonly SqlType[],
): string[] {
  const found = new Set<string>();
  visit(statement, (node) => {
    if (node.kind === 'FunctionCall') {
      for (const { params } of functions.find(node.name)?.signatures ?? [])
        for (const text of doubtsOfCall(node, params, typesOf)) found.add(text);
    }
    if ('sized' in node && node.sized !== undefined)
      found.add(`${node.sized} is ${node.kind} here: the number has no effect, no value is cut or refused for it.`);
    if (node.kind === 'Arithmetic' && (node.op === '/' || node.op === '%') && isZero(node.right))
      found.add(`${formatExpression(node)} divides by zero: it is NULL in every row, of a DOUBLE Infinity or NaN.`);
    if (node.kind === 'Like' && node.pattern.kind === 'StringLiteral' && /^[^%_]*\*[^%_]*$/.test(node.pattern.value)) {
      const meant = formatString(node.pattern.value.replaceAll('*', '%'));
      found.add(`LIKE ${formatExpression(node.pattern)} finds the star itself: % stands for any text, LIKE ${meant}.`);
    }
    for (const text of [...timeDoubts(node), ...rangeDoubts(node)]) found.add(text);
    const variable = node.kind === 'StringLiteral' ? VARIABLE.exec(node.value)?.[1] : undefined;
    if (variable !== undefined)
      found.add(
        `'\${${variable}}' stands as it is, since no variable ${variable} is defined: DEFINE ${variable} = '…'; gives it a value.`,
      );
    const place = node.kind === 'Subscript' ? placeDoubt(node, typesOf) : undefined;
    if (place !== undefined) found.add(place);
  });
  return [...found];
}

/** A variable that substitution left in a text. */
const VARIABLE = /\$\{([A-Za-z_]\w*)\}/;

/** A warning for items[0], and for tags[1] where tags is a map with text keys. */
function placeDoubt({ base, index }: Subscript, typesOf: (column: string) => readonly SqlType[]): string | undefined {
  if (index.kind !== 'IntegerLiteral') return undefined;
  const shown = formatExpression(base);
  const types = base.kind === 'ColumnReference' ? typesOf(base.name) : [];
  if (types.some((type) => type.kind === 'MAP' && type.key.kind === 'STRING')) {
    const key = index.value;
    return `${shown}[${key}] is the value of the key '${key}': a map is no list, and NULL comes where no key is so. ${shown}['${key}'] says the same, MAP_KEYS(${shown})[1] is a key, MAP_VALUES(${shown})[1] a value.`;
  }
  return Number(index.value) === 0
    ? `${shown}[0] is always NULL: the first element is ${shown}[1], the last ${shown}[-1].`
    : undefined;
}

function isZero(e: Expression): boolean {
  return e.kind === 'IntegerLiteral' && Number(e.value) === 0;
}

function doubtsOfCall(
  { name, args }: FunctionCall,
  params: readonly Param[],
  typesOf: (column: string) => readonly SqlType[],
): string[] {
  return params.flatMap((param, i) => {
    const { text } = param;
    const given = args[i];
    const units = epochDoubts(name, param, given);
    if (units.length > 0) return units;
    const cast = text === 'JSON_PATH' ? castDoubt(name, args[0], typesOf) : undefined;
    if (cast !== undefined) return [cast];
    if (text === undefined || given?.kind !== 'StringLiteral') return [];
    const where = `${name} with ${formatString(given.value)}`;
    switch (text) {
      case 'TIME_PATTERN':
        return doubtsText(where, given.value) ?? [];
      case 'TIME_ZONE':
        return zoneText(where, given.value) ?? [];
      default:
        return pathText(where, given.value) ?? [];
    }
  });
}

/** EXTRACTJSONFIELD(CAST(items AS STRING), '$[0]'): CAST does not turn an array, a map or a struct into JSON. */
function castDoubt(
  call: string,
  argument: Expression | undefined,
  typesOf: (column: string) => readonly SqlType[],
): string | undefined {
  if (argument?.kind !== 'Cast' || argument.operand.kind !== 'ColumnReference') return undefined;
  const shown = formatExpression(argument.operand);
  const [type] = typesOf(argument.operand.name);
  const direct = { ARRAY: `${shown}[1]`, MAP: `${shown}['key']`, STRUCT: `${shown}->FIELD` }[type?.kind as 'ARRAY'];
  return direct === undefined
    ? undefined
    : `${call} of a CAST of ${shown} is NULL: CAST makes no JSON. ${direct} takes a part of it, ${call}(TO_JSON_STRING(${shown}), …) one of its JSON.`;
}

function pathText(where: string, path: string): string | undefined {
  if (path.startsWith('$')) return undefined;
  const meant = /^[.[]/.test(path) ? `$${path}` : `$.${path}`;
  return `${where}: a path begins with $, which is the whole text, and the answer is NULL. Is ${formatString(meant)} what is meant?`;
}

function zoneText(where: string, id: string): string | undefined {
  if (findZone(id) !== undefined) return undefined;
  const alike = zonesLike(id);
  const meant =
    alike.length === 0
      ? "Zones are named as 'Europe/Paris', 'UTC' or '+02:00'."
      : `Did you mean ${alike.map((z) => `'${z}'`).join(' or ')}?`;
  return `${where}: there is no such time zone, and the answer is NULL. ${meant}`;
}
