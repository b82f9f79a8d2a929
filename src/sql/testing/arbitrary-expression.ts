import fc from 'fast-check';
import { NO_SPAN } from '../../base/span.ts';
import type { Expression, IntervalUnitName, Lambda } from '../ast/expressions.ts';
import type { Identifier } from '../ast/node.ts';
import type { TypeSyntax } from '../ast/types.ts';
import { KEYWORD_LIST } from '../keywords.ts';

/*
 * Arbitrary trees that a parser can produce. What depends on the position in the tree (whether a name is a lambda's
 * parameter, whether a unit is the first argument) is corrected afterwards by `placed`.
 */

const span = NO_SPAN;

const plainName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);
const oddName = fc.oneof(
  fc.string({ minLength: 1, maxLength: 6, unit: 'binary' }),
  fc.stringMatching(/^[a-z][A-Za-z0-9 .`"'-]{0,8}$/),
);
const keyword = fc.constantFrom<string>(...KEYWORD_LIST);

/** Any name, as resolved. */
export const arbitraryName = fc.oneof({ weight: 4, arbitrary: plainName }, keyword, oddName);

export const arbitraryIdentifier: fc.Arbitrary<Identifier> = arbitraryName.chain((name) =>
  // An unquoted name that needs quotes cannot be parsed from a text.
  fc.boolean().map((quoted): Identifier => ({ kind: 'Identifier', span, name, quoted: quoted || !isPlain(name) })),
);

function isPlain(name: string): boolean {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) && !reservedNames.has(name);
}
const reservedNames = new Set<string>(KEYWORD_LIST);

export const arbitraryString = fc.oneof(
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.constantFrom('', "it's", '${name}', '$${name}', '$$${a}${b}', '${', "''", '--', '/*', '\\\n', '${file:/x:y}'),
);

const primitive = fc.constantFrom(
  'BOOLEAN',
  'INTEGER',
  'BIGINT',
  'DOUBLE',
  'STRING',
  'BYTES',
  'DATE',
  'TIME',
  'TIMESTAMP',
);
const typeWords = new Set([
  'BOOLEAN',
  'INT',
  'INTEGER',
  'BIGINT',
  'DOUBLE',
  'VARCHAR',
  'STRING',
  'BYTES',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'DECIMAL',
]);

export const arbitraryType: fc.Arbitrary<TypeSyntax> = fc.letrec<{ type: TypeSyntax }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    primitive.map((kind): TypeSyntax => ({ kind, span })),
    fc
      .tuple(fc.nat(37), fc.nat(37))
      .map(([a, b]): TypeSyntax => ({ kind: 'DECIMAL', span, precision: Math.max(a, b) + 1, scale: Math.min(a, b) })),
    arbitraryName
      .filter((name) => !typeWords.has(name))
      .map((name): TypeSyntax => ({ kind: 'TypeReference', span, name })),
    tie('type').map((element): TypeSyntax => ({ kind: 'ARRAY', span, element })),
    fc.tuple(tie('type'), tie('type')).map(([key, value]): TypeSyntax => ({ kind: 'MAP', span, key, value })),
    fc.array(fc.tuple(arbitraryName, tie('type')), { maxLength: 3 }).map((fields): TypeSyntax => ({
      kind: 'STRUCT',
      span,
      fields: fields.map(([name, type]) => ({ kind: 'StructField', span, name, type })),
    })),
  ),
})).type;

const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,20})$/);
const integer = fc.oneof(
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n)),
);

export const arbitraryLiteral = fc.oneof(
  fc.constant({ kind: 'NullLiteral', span } as const),
  fc.boolean().map((value) => ({ kind: 'BooleanLiteral', span, value }) as const),
  integer.map((value) => {
    const type = value >= -2147483648 && value <= 2147483647 ? 'INTEGER' : 'BIGINT';
    return { kind: 'IntegerLiteral', span, type, value: Object.is(value, -0) ? 0 : value } as const;
  }),
  fc
    .tuple(fc.boolean(), digits, fc.stringMatching(/^[0-9]{1,12}$/))
    .map(
      ([minus, whole, part]) =>
        ({ kind: 'DecimalLiteral', span, text: `${minus ? '-' : ''}${whole}.${part}` }) as const,
    ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({ kind: 'DoubleLiteral', span, value }) as const),
  arbitraryString.map((value) => ({ kind: 'StringLiteral', span, value }) as const),
);

const UNITS = ['MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS', 'WEEKS', 'MONTHS', 'YEARS'] as const;
const unit = fc.tuple(fc.constantFrom<IntervalUnitName>(...UNITS), fc.boolean()).map(([name, plural]): Expression => ({
  kind: 'IntervalUnit',
  span,
  unit: name,
  name: plural ? name : name.slice(0, -1),
}));

const functionName = fc.oneof(plainName, keyword, fc.constantFrom('COUNT', 'ODD NAME', '1ST'));

const tree = fc.letrec<{ e: Expression }>((tie) => {
  const e = tie('e');
  const list = fc.array(e, { minLength: 1, maxLength: 3 });
  const lambda = fc
    .tuple(fc.array(plainName, { maxLength: 3 }), e)
    .map(([params, body]): Lambda => ({ kind: 'Lambda', span, params, body }));
  return {
    e: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      arbitraryLiteral,
      fc
        .tuple(fc.option(arbitraryName), arbitraryName)
        .map(([qualifier, name]): Expression => ({ kind: 'ColumnReference', span, qualifier, name })),
      plainName.map((name): Expression => ({ kind: 'LambdaVariable', span, name })),
      fc.tuple(e, arbitraryName).map(([base, field]): Expression => ({ kind: 'FieldAccess', span, base, field })),
      fc.tuple(e, e).map(([base, index]): Expression => ({ kind: 'Subscript', span, base, index })),
      functionName.map((name): Expression => ({ kind: 'FunctionCall', span, name, args: [], star: true })),
      fc
        .tuple(functionName, fc.array(fc.oneof({ weight: 4, arbitrary: e }, lambda, unit), { maxLength: 3 }))
        .map(([name, args]): Expression => ({ kind: 'FunctionCall', span, name, args, star: false })),
      fc
        .tuple(fc.constantFrom('-' as const, '+' as const), e)
        .map(([op, operand]): Expression => ({ kind: 'Unary', span, op, operand })),
      fc
        .tuple(fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const, '%' as const), e, e)
        .map(([op, left, right]): Expression => ({ kind: 'Arithmetic', span, op, left, right })),
      fc
        .tuple(
          fc.constantFrom(
            '=' as const,
            '<>' as const,
            '<' as const,
            '>=' as const,
            'IS DISTINCT FROM' as const,
            'IS NOT DISTINCT FROM' as const,
          ),
          e,
          e,
        )
        .map(([op, left, right]): Expression => ({ kind: 'Comparison', span, op, left, right })),
      fc
        .tuple(fc.constantFrom('AND' as const, 'OR' as const), e, e)
        .map(([op, left, right]): Expression => ({ kind: 'Logical', span, op, left, right })),
      e.map((operand): Expression => ({ kind: 'Not', span, operand })),
      fc.tuple(e, fc.boolean()).map(([operand, negated]): Expression => ({ kind: 'IsNull', span, operand, negated })),
      fc.tuple(e, e, e).map(([value, min, max]): Expression => ({ kind: 'Between', span, value, min, max })),
      fc.tuple(e, list).map(([value, items]): Expression => ({ kind: 'In', span, value, list: items })),
      fc
        .tuple(e, e, fc.option(fc.string({ minLength: 1, maxLength: 1, unit: 'binary' })))
        .map(([value, pattern, escape]): Expression => ({ kind: 'Like', span, value, pattern, escape })),
      fc
        .tuple(fc.option(e), fc.array(fc.tuple(e, e), { minLength: 1, maxLength: 2 }), fc.option(e))
        .map(([operand, branches, otherwise]): Expression => ({
          kind: 'Case',
          span,
          operand,
          // oxlint-disable-next-line unicorn/no-thenable -- a node is never awaited
          branches: branches.map(([when, then]) => ({ kind: 'CaseBranch', span, when, then })),
          otherwise,
        })),
      fc.tuple(e, arbitraryType).map(([operand, type]): Expression => ({ kind: 'Cast', span, operand, type })),
      fc.array(e, { maxLength: 3 }).map((items): Expression => ({ kind: 'ArrayConstructor', span, items })),
      fc.array(fc.tuple(e, e), { maxLength: 2 }).map((entries): Expression => ({
        kind: 'MapConstructor',
        span,
        entries: entries.map(([key, value]) => ({ kind: 'MapEntry', span, key, value })),
      })),
      fc.array(fc.tuple(arbitraryName, e), { maxLength: 2 }).map((fields): Expression => ({
        kind: 'StructConstructor',
        span,
        fields: fields.map(([name, value]) => ({ kind: 'StructEntry', span, name, value })),
      })),
    ),
  };
}).e;

/** Corrects what depends on the position; `scope` contains the parameters of the enclosing lambdas. */
function placed(node: unknown, scope: ReadonlySet<string>): unknown {
  if (Array.isArray(node)) return node.map((item) => placed(item, scope));
  if (node === null || typeof node !== 'object') return node;
  const n = node as Expression;
  switch (n.kind) {
    case 'ColumnReference':
      return n.qualifier === null && scope.has(n.name) ? { kind: 'LambdaVariable', span, name: n.name } : n;
    case 'LambdaVariable':
      return scope.has(n.name) ? n : { kind: 'ColumnReference', span, qualifier: null, name: n.name };
    case 'Lambda':
      return { ...n, body: placed(n.body, new Set([...scope, ...n.params])) };
    case 'FunctionCall':
      return {
        ...n,
        args: n.args.map((arg, i) => {
          if (arg.kind !== 'IntervalUnit' || (i === 0 && n.args.length > 1 && !scope.has(arg.name)))
            return placed(arg, scope);
          return placed({ kind: 'ColumnReference', span, qualifier: null, name: arg.name }, scope);
        }),
      };
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, placed(value, scope)]));
}

/** Any expression that can be written as text. */
export const arbitraryExpression: fc.Arbitrary<Expression> = tree.map((e) => placed(e, new Set()) as Expression);
