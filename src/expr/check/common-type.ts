import { assertNever, must } from '../../base/assert.ts';
import { parseBoolean } from '../../types/boolean-text.ts';
import { commonType, isNumeric, isTime, widerNumeric } from '../../types/coerce.ts';
import { parseInt64, wrapInt32 } from '../../types/int64.ts';
import { array, BIGINT, formatType, INTEGER, map, struct, type SqlType, typesEqual } from '../../types/sql-type.ts';
import { parseDateText, parseTimestampText, parseTimeText } from '../../types/time-text.ts';
import type { TypedExpr } from '../typed.ts';
import { invalidError } from './errors.ts';
import { castTo, decimalLiteral, isUntypedNull, literal, literalText, nullOf } from './literals.ts';

/**
 * Expression lists: the items of ARRAY and MAP constructors, IN lists and the results of CASE must have a common type
 * (docs: type coercion, "Expression lists"). The first item that is not NULL determines the kind; numbers are widened
 * to fit all. Literals convert to more types than other expressions, also inside constructors: any literal to STRING,
 * and a STRING literal to the number or boolean that it spells.
 */
export interface ListItem {
  readonly expression: TypedExpr;
  /** The item as SQL, for messages. */
  text(): string;
}

/**
 * Casts the items to their common type; returns null if all are NULL. @throws SluiceError STATEMENT with ksqlDB's
 * messages
 */
export function unifyItems(items: readonly ListItem[]): { items: TypedExpr[]; type: SqlType } | null {
  let type: SqlType | undefined;
  for (const item of items) {
    if (isUntypedNull(item.expression)) continue;
    if (type === undefined) {
      type = item.expression.type;
      continue;
    }
    const wider = widen(type, item.expression);
    if (wider === undefined) {
      throw invalidError(
        `operator does not exist: ${formatType(type)} = ${formatType(item.expression.type)} (${item.text()})\nHint: You might need to add explicit type casts.`,
      );
    }
    type = wider;
  }
  if (type === undefined) return null;
  const common = type;
  return { items: items.map((item) => bend(item.expression, common)), type: common };
}

/** The type that includes both `common` and the type of the expression; undefined if there is none. */
function widen(common: SqlType, expression: TypedExpr): SqlType | undefined {
  // A NULL inside a constructor has taken the type of the items next to it.
  if (isUntypedNull(expression) || (expression.kind === 'literal' && expression.value === null)) return common;
  const from = expression.type;
  if (typesEqual(common, from)) return common;
  const isLiteral = expression.kind === 'literal' && expression.value !== null;
  const text = isLiteral && from.kind === 'STRING' ? (expression.value as string) : undefined;
  switch (common.kind) {
    case 'STRING':
      return isLiteral && (isNumeric(from) || from.kind === 'BOOLEAN') ? common : undefined;
    case 'BOOLEAN':
      if (text === undefined) return undefined;
      if (parseBoolean(text.trim()) === undefined) throw invalidSyntax(common, text);
      return common;
    case 'INTEGER':
    case 'BIGINT':
    case 'DECIMAL':
    case 'DOUBLE': {
      if (isNumeric(from)) return widerNumeric(common, from);
      if (text === undefined) return undefined;
      const number = numberOfText(text);
      if (number === undefined) throw invalidSyntax(common, text);
      return widerNumeric(common, number.type);
    }
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      if (text === undefined) return undefined;
      if (timeOf(common, text) === undefined) throw invalidSyntax(common, text);
      return common;
    case 'BYTES':
      return undefined;
    case 'ARRAY': {
      if (from.kind !== 'ARRAY') return undefined;
      if (expression.kind !== 'makeArray') return commonType(common, from);
      const element = widenAll(common.element, expression.items);
      return element && array(element);
    }
    case 'MAP': {
      if (from.kind !== 'MAP') return undefined;
      if (expression.kind !== 'makeMap') return commonType(common, from);
      const key = widenAll(
        common.key,
        expression.entries.map(([k]) => k),
      );
      const value = widenAll(
        common.value,
        expression.entries.map(([, v]) => v),
      );
      return key && value && map(key, value);
    }
    case 'STRUCT': {
      if (from.kind !== 'STRUCT') return undefined;
      if (expression.kind !== 'makeStruct') return commonType(common, from);
      const fields = [...common.fields];
      for (const [i, field] of from.fields.entries()) {
        const at = fields.findIndex((f) => f.name === field.name);
        if (at < 0) {
          fields.push(field);
          continue;
        }
        const type = widen(must(fields[at], 'field').type, must(expression.fields[i], 'field'));
        if (type === undefined) return undefined;
        fields[at] = { name: field.name, type };
      }
      return struct(fields);
    }
    default:
      return assertNever(common);
  }
}

function widenAll(common: SqlType, items: readonly TypedExpr[]): SqlType | undefined {
  let type: SqlType | undefined = common;
  for (const item of items) {
    type = widen(type, item);
    if (type === undefined) return undefined;
  }
  return type;
}

/** Converts the expression to `type`, which `widen` returned for it. */
function bend(expression: TypedExpr, type: SqlType): TypedExpr {
  if (isUntypedNull(expression)) return nullOf(type);
  const from = expression.type;
  if (typesEqual(from, type)) return expression;
  if (expression.kind === 'literal' && expression.value !== null) {
    if (type.kind === 'STRING') return literal(literalText(expression.value, from), type);
    if (from.kind === 'STRING') return bendText(expression.value as string, type);
  }
  if (expression.kind === 'makeArray' && type.kind === 'ARRAY') {
    return { ...expression, items: expression.items.map((item) => bend(item, type.element)), type };
  }
  if (expression.kind === 'makeMap' && type.kind === 'MAP') {
    const entries = expression.entries.map(([k, v]) => [bend(k, type.key), bend(v, type.value)] as const);
    return { ...expression, entries, type };
  }
  if (expression.kind === 'makeStruct' && type.kind === 'STRUCT' && from.kind === 'STRUCT') {
    const fields = type.fields.map((field) => {
      const at = from.fields.findIndex((f) => f.name === field.name);
      return at < 0 ? nullOf(field.type) : bend(must(expression.fields[at], 'field'), field.type);
    });
    return { ...expression, fields, type };
  }
  return castTo(expression, type);
}

function bendText(text: string, type: SqlType): TypedExpr {
  if (type.kind === 'BOOLEAN') return literal(parseBoolean(text.trim()) ?? null, type);
  if (isTime(type)) return literal(timeOf(type, text) ?? null, type);
  const number = numberOfText(text);
  return number === undefined ? nullOf(type) : castTo(number, type);
}

/**
 * Parses a number: `5` is an INTEGER, `2147483648` a BIGINT, `4.000` and `3e2` a DECIMAL; undefined if the text is not
 * one.
 */
function numberOfText(raw: string): TypedExpr | undefined {
  const text = raw.trim();
  const whole = parseInt64(text);
  if (whole !== undefined) return literal(whole, wrapInt32(whole) === whole ? INTEGER : BIGINT);
  return decimalLiteral(text);
}

function timeOf(type: SqlType, text: string): number | undefined {
  if (type.kind === 'DATE') return parseDateText(text);
  return type.kind === 'TIME' ? parseTimeText(text) : parseTimestampText(text);
}

function invalidSyntax(type: SqlType, text: string): Error {
  return invalidError(`invalid input syntax for type ${type.kind}: "${text}".`, {
    hint: isNumeric(type)
      ? `'${text}' stands among numbers, and is none: all of them have one type, of texts each in quotes.`
      : `'${text}' stands among values of type ${formatType(type)}, and is none.`,
  });
}
