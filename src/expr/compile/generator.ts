import { callCode } from './call-code.ts';
import type { Code, Emitter, Of } from './code.ts';
import { declarationOf, Names } from './names.ts';
import { StepCount, stepsOf } from './step-count.ts';
import { assertNever, must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { castCannotFail, castFunction } from '../../types/cast.ts';
import { isIdentityType } from '../../types/compare.ts';
import type { TypedExpr, TypedLambda } from '../typed.ts';
import type { CompileEnv } from './env.ts';
import { likeMatcher, matcherOf, planLike } from './like.ts';
import { arithmeticCode, equalCode, integer, likeCode, negateCode, orderCode, type Piece } from './operator-code.ts';
import { arrayAt, failOnNull, nestedMapGet } from './runtime.ts';

/**
 * Generates JavaScript source for typed expressions. Nothing from a statement is ever inserted into the source:
 * strings, functions and objects are passed as constants, numbers as their digits, and names are generated (see Names).
 */
export class Generator implements Emitter {
  readonly #env: CompileEnv;
  readonly names = new Names();
  readonly steps: StepCount;
  /** Functions next to the main one: guards around expressions that may fail independently. */
  readonly #guards: string[] = [];
  /** JavaScript names of the lambda parameters in scope, by their SQL name. */
  #variables = new Map<string, string>();
  /** The column of the projection for which failures are reported. */
  #column = 0;

  constructor(env: CompileEnv) {
    this.#env = env;
    this.steps = new StepCount(env.functionEnv.work, this.names);
  }

  /**
   * The function whose source is `function (row, ctx) {body}`, with the constants bound. `begins`: each call restarts
   * its step count.
   */
  build(body: string, begins = true): (...args: any[]) => any {
    const begin = begins ? this.steps.begin() : '';
    const { constants } = this.names;
    const source = `'use strict';\n${this.#guards.join('\n')}\nreturn function (row, ctx) {\n${begin}${body}\n};`;
    // oxlint-disable-next-line typescript/no-implied-eval
    return new Function(...constants.values(), source)(...constants.keys()) as (...args: any[]) => any;
  }

  /** The value of an expression, whose failure is reported for that column. `quiet`: see `emit`. */
  value(expression: TypedExpr, column: number, quiet = true): Code {
    this.#column = column;
    return this.emit(expression, quiet);
  }

  /**
   * A JavaScript boolean: true if the expression is true; null counts as false. `quiet` (see `emit`): a failure is also
   * false, so null operands of a comparison need not be distinguished from one.
   */
  truth(expression: TypedExpr, quiet: boolean): Code {
    if (expression.kind === 'logical') {
      const and = expression.op === 'AND';
      // After OR another operand may still be true, but not after a failure.
      const parts = flatten(expression).map((part) => this.truth(part, quiet && and));
      return {
        js: `(${parts.map((p) => p.js).join(and ? ' && ' : ' || ')})`,
        nullable: false,
        throws: parts.some((p) => p.throws),
      };
    }
    if (expression.kind === 'compare') return this.#compare(expression, quiet);
    if (expression.kind === 'between') return this.#between(expression, quiet);
    const code = this.emit(expression, false);
    return code.nullable ? { js: `(${code.js}) === true`, nullable: false, throws: code.throws } : code;
  }

  /**
   * Arithmetic on null is a failure in ksqlDB. If null propagates to the same place as the failure would, as for a
   * selected `a + 1`, the code returns null, which is cheap; if an operation in between would examine it, as in `NOT (a
   * + 1 > 5)` or in a lambda, the code throws. `quiet` says that the first case applies to the value of this node.
   */
  emit(node: TypedExpr, quiet: boolean): Code {
    switch (node.kind) {
      case 'column':
        return { js: `row[${integer(node.index)}]`, nullable: true, throws: false };
      case 'variable':
        return {
          js: must(this.#variables.get(node.name), `lambda parameter ${node.name}`),
          nullable: true,
          throws: false,
        };
      case 'literal':
        return { js: this.#literal(node.value), nullable: node.value === null, throws: false };
      case 'arithmetic':
        return this.#arithmetic(node, quiet);
      case 'negate':
        return this.strictCodes(
          [this.emit(node.operand, quiet)],
          ([a]) => negateCode(a!, node.type, this.names.constant),
          quiet ? 'null' : this.#failure(),
        );
      case 'compare':
        return this.#compare(node, false);
      case 'logical':
        return this.#logical(node);
      case 'not':
        return this.#not(node);
      case 'isNull': {
        const operand = this.emit(node.operand, false);
        return {
          js: `((${operand.js}) ${node.negated ? '!==' : '==='} null)`,
          nullable: false,
          throws: operand.throws,
        };
      }
      case 'like':
        return this.#like(node);
      case 'between':
        return this.#between(node, false);
      case 'in':
        return this.#in(node);
      case 'case':
        return this.#case(node, quiet);
      case 'cast':
        return this.#cast(node, quiet);
      case 'subscript':
        return this.#subscript(node, quiet);
      case 'field':
        return this.strictCodes([this.emit(node.base, quiet)], ([base]) => ({
          js: `(${base}[${integer(node.index)}] ?? null)`,
          nullable: true,
        }));
      case 'makeArray':
      case 'makeStruct': {
        const items = (node.kind === 'makeArray' ? node.items : node.fields).map((item) => this.guarded(item));
        return { js: `[${items.map((i) => i.js).join(', ')}]`, nullable: false, throws: false };
      }
      case 'makeMap': {
        const entries = node.entries.map(([k, v]) => `[${this.guarded(k).js}, ${this.guarded(v).js}]`);
        return { js: `new Map([${entries.join(', ')}])`, nullable: false, throws: false };
      }
      case 'call':
        return callCode(node, this.#env, this);
      default:
        return assertNever(node);
    }
  }

  #literal(value: unknown): string {
    switch (typeof value) {
      case 'number':
        if (!Number.isFinite(value)) return this.names.constant(value);
        return value < 0 || Object.is(value, -0) ? `(${Object.is(value, -0) ? '-0' : value})` : String(value);
      case 'boolean':
        return String(value);
      case 'bigint':
        return value < 0n ? `(${value}n)` : `${value}n`;
      default:
        return value === null ? 'null' : this.names.constant(value);
    }
  }

  /**
   * An operation that is `whenNull` if any operand is null: operands that can be null are assigned to temporaries and
   * tested in order; the others appear in the result where they are used.
   */
  strictCodes(
    codes: readonly Code[],
    result: (refs: readonly string[]) => { js: string; throws?: boolean; nullable?: boolean },
    whenNull = 'null',
  ): Code {
    const tests: string[] = [];
    const refs = codes.map((code) => {
      if (!code.nullable) return isSimple(code.js) ? code.js : this.#assigned(code.js, tests);
      const temp = this.names.temp();
      tests.push(`(${temp} = ${code.js}) === null`);
      return temp;
    });
    const { js, throws = false, nullable = false } = result(refs);
    const anyNull = codes.some((c) => c.nullable);
    return {
      js: tests.length === 0 ? `(${js})` : `(${tests.join(' || ')} ? ${whenNull} : ${js})`,
      nullable: (anyNull && whenNull === 'null') || nullable,
      throws: throws || codes.some((c) => c.throws) || (anyNull && whenNull === this.#failure()),
    };
  }

  /** Code that throws for arithmetic on null. */
  #failure(): string {
    return `${this.names.constant(failOnNull)}()`;
  }

  /** Assigns a value that is never null to a temporary, in order with the null tests of the others. */
  #assigned(js: string, tests: string[]): string {
    const temp = this.names.temp();
    tests.push(`(${temp} = ${js}, false)`);
    return temp;
  }

  /**
   * The expression, whose failure is reported and becomes null: for arguments of functions and items of constructors.
   */
  guarded(expression: TypedExpr): Code {
    const { written: code, temps } = this.names.inside(() => this.emit(expression, true));
    if (!code.throws) {
      this.names.adopt(temps);
      return code;
    }
    const name = this.names.fresh('g');
    const parameters = ['row', 'ctx', ...this.#variables.values()].join(', ');
    this.#guards.push(
      `function ${name}(${parameters}) {\n${declarationOf(temps)}try { return ${code.js}; } catch (e) { ctx.onError(${this.#column}, e); return null; }\n}`,
    );
    return { js: `${name}(${parameters})`, nullable: true, throws: false };
  }

  #arithmetic(node: Of<'arithmetic'>, quiet: boolean): Code {
    const codes = [this.emit(node.left, quiet), this.emit(node.right, quiet)];
    const result = ([a, b]: readonly string[]): Piece => arithmeticCode(node, a!, b!, this.names.constant);
    return this.strictCodes(codes, result, quiet || node.type.kind === 'STRING' ? 'null' : this.#failure());
  }

  #compare({ op, left, right }: Of<'compare'>, quiet: boolean): Code {
    if (op === 'IS DISTINCT FROM' || op === 'IS NOT DISTINCT FROM') {
      const a = this.emit(left, false);
      const b = this.emit(right, false);
      const equal = equalCode(a.js, b.js, left.type, right.type, this.names.constant);
      const throws = a.throws || b.throws;
      return { js: op === 'IS DISTINCT FROM' ? `!(${equal})` : `(${equal})`, nullable: false, throws };
    }
    const codes = [this.emit(left, quiet), this.emit(right, quiet)];
    return this.strictCodes(
      codes,
      ([a, b]) => {
        if (op === '=') return { js: equalCode(a!, b!, left.type, right.type, this.names.constant) };
        if (op === '<>') return { js: `!(${equalCode(a!, b!, left.type, right.type, this.names.constant)})` };
        return { js: orderCode(op, a!, b!, left.type, right.type, this.names.constant) };
      },
      'false',
    );
  }

  #logical(node: Of<'logical'>): Code {
    const parts = flatten(node).map((part) => this.emit(part, false));
    const throws = parts.some((p) => p.throws);
    const and = node.op === 'AND';
    if (parts.every((p) => !p.nullable)) {
      return { js: `(${parts.map((p) => p.js).join(and ? ' && ' : ' || ')})`, nullable: false, throws };
    }
    // Three-valued logic: one decisive operand determines the result; otherwise a null operand makes it null.
    const decisive = and ? 'false' : 'true';
    const temps = parts.map(() => this.names.temp());
    const tests = parts.map((p, i) => `(${temps[i]} = ${p.js}) === ${decisive} ? ${decisive} : `);
    const nulls = parts.flatMap((p, i) => (p.nullable ? [`${temps[i]} === null`] : []));
    return {
      js: `(${tests.join('')}${nulls.join(' || ')} ? null : ${and ? 'true' : 'false'})`,
      nullable: true,
      throws,
    };
  }

  #not(node: Of<'not'>): Code {
    const operand = this.emit(node.operand, false);
    return operand.nullable
      ? this.strictCodes([operand], ([a]) => ({ js: `!${a}` }))
      : { js: `!(${operand.js})`, nullable: false, throws: operand.throws };
  }

  #like(node: Of<'like'>): Code {
    if (node.pattern.kind === 'literal' && typeof node.pattern.value === 'string') {
      const plan = planLike(node.pattern.value, node.escape);
      if (plan.kind === 'pieces') {
        const matcher = matcherOf(plan, this.#env.functionEnv.work);
        this.steps.isCounted = true;
        return this.strictCodes([this.emit(node.value, false)], ([value]) => ({
          js: `${this.names.constant(matcher)}(${value})`,
          throws: true,
        }));
      }
      return this.strictCodes([this.emit(node.value, false)], ([value]) => ({
        js: likeCode(plan, value!, this.names.constant),
      }));
    }
    const matcher = likeMatcher(node.escape, this.#env.functionEnv.work);
    this.steps.isCounted = true;
    return this.strictCodes([this.emit(node.value, false), this.emit(node.pattern, false)], ([value, pattern]) => ({
      js: `${this.names.constant(matcher)}(${value}, ${pattern})`,
      throws: true,
    }));
  }

  #between(node: Of<'between'>, quiet: boolean): Code {
    const { value, min, max } = node;
    const codes = [value, min, max].map((part) => this.emit(part, quiet));
    return this.strictCodes(
      codes,
      ([v, low, high]) => ({
        js: `(${orderCode('>=', v!, low!, value.type, min.type, this.names.constant)}) && (${orderCode('<=', v!, high!, value.type, max.type, this.names.constant)})`,
      }),
      'false',
    );
  }

  #in(node: Of<'in'>): Code {
    const { type } = node.value;
    // A null in the list is equal to nothing.
    const list = node.list.filter((item) => !(item.kind === 'literal' && item.value === null));
    const literals = list.filter((item): item is Of<'literal'> => item.kind === 'literal');
    const codes = [this.emit(node.value, false)];
    if (isIdentityType(type) && literals.length === list.length && list.length > 3) {
      const set = new Set(literals.map((item) => item.value));
      return this.strictCodes(codes, ([v]) => ({ js: `${this.names.constant(set)}.has(${v})` }), 'false');
    }
    // A null item makes its own comparison false, not the whole expression.
    const items = list.map((item) => this.emit(item, false));
    const throws = items.some((i) => i.throws);
    return this.strictCodes(
      codes,
      ([v]) => ({
        js:
          items.length === 0
            ? 'false'
            : items.map((item) => equalCode(v!, item.js, type, type, this.names.constant)).join(' || '),
        throws,
      }),
      'false',
    );
  }

  #case(node: Of<'case'>, quiet: boolean): Code {
    const conditions = node.branches.map((b) => this.truth(b.when, false));
    const results = node.branches.map((b) => this.emit(b.then, quiet));
    const otherwise =
      node.otherwise === null ? { js: 'null', nullable: true, throws: false } : this.emit(node.otherwise, quiet);
    const throws = [...conditions, ...results, otherwise].some((c) => c.throws);
    const nullable = otherwise.nullable || results.some((r) => r.nullable);
    if (conditions.length > MAX_CHAIN) {
      // A chain of ?: is nested as deep as it is long, and V8 parses it recursively; a chain of || is flat.
      const value = this.names.temp();
      const branches = conditions.map(
        (condition, i) => `(${condition.js}) && (${value} = ${must(results[i], 'result').js}, true)`,
      );
      return { js: `(${branches.join(' || ')} || (${value} = ${otherwise.js}), ${value})`, nullable, throws };
    }
    const branches = conditions.map((condition, i) => `${condition.js} ? ${must(results[i], 'result').js} : `);
    return { js: `(${branches.join('')}${otherwise.js})`, nullable, throws };
  }

  #cast(node: Of<'cast'>, quiet: boolean): Code {
    const from = node.operand.type;
    const to = node.type;
    const operand = this.emit(node.operand, quiet);
    if (from.kind === 'INTEGER' && (to.kind === 'BIGINT' || to.kind === 'DOUBLE')) return operand;
    const throws = !castCannotFail(from, to);
    if (from.kind === to.kind && isIdentityType(from) && from.kind !== 'DECIMAL') return operand;
    return this.strictCodes([operand], ([a]) => {
      if (from.kind === 'BIGINT' && to.kind === 'DOUBLE') return { js: `Number(${a})` };
      if (to.kind === 'STRING' && (from.kind === 'INTEGER' || from.kind === 'BIGINT')) return { js: `'' + ${a}` };
      return { js: `${this.names.constant(castFunction(from, to))}(${a})`, throws };
    });
  }

  #subscript({ base, index }: Of<'subscript'>, quiet: boolean): Code {
    const { type } = base;
    return this.strictCodes([this.emit(base, quiet), this.emit(index, quiet)], ([b, i]) => {
      if (type.kind === 'ARRAY') return { js: `${this.names.constant(arrayAt)}(${b}, ${i})`, nullable: true };
      if (type.kind !== 'MAP') throw new SluiceError('INTERNAL', `No subscript on ${type.kind}`);
      if (isIdentityType(type.key)) return { js: `(${b}.get(${i}) ?? null)`, nullable: true };
      return { js: `${this.names.constant(nestedMapGet(type.key))}(${b}, ${i})`, nullable: true };
    });
  }

  lambda(lambda: TypedLambda): Code {
    const outer = this.#variables;
    this.#variables = new Map(outer);
    const params = lambda.params.map((p) => {
      const name = this.names.fresh('v');
      this.#variables.set(p.name, name);
      return { name, type: p.type };
    });
    const { written: body, temps } = this.names.inside(() => this.emit(lambda.body, false));
    this.#variables = outer;
    // The arguments of a lambda may grow from call to call, as does the accumulator of REDUCE.
    const sizes = params.flatMap(({ name, type }) => {
      const steps = stepsOf(type, name);
      return steps === undefined ? [] : [`(${name} === null ? 0 : ${steps})`];
    });
    const count = `if (${this.steps.counted(['2', ...sizes].join(' + '))}) ${this.steps.tooMuch()};\n`;
    const names = params.map((p) => p.name).join(', ');
    return {
      js: `((${names}) => {\n${count}${declarationOf(temps)}return ${body.js};\n})`,
      nullable: false,
      throws: false,
    };
  }
}

/** The operands of a chain of one operator, in order: `a AND b AND c` is nested to the left as deep as it is long. */
function flatten(node: Of<'logical'>): TypedExpr[] {
  const parts: TypedExpr[] = [];
  let left: TypedExpr = node;
  while (left.kind === 'logical' && left.op === node.op) {
    parts.push(left.right);
    left = left.left;
  }
  parts.push(left);
  return parts.reverse().flatMap((p) => (p.kind === 'logical' && p.op === node.op && p !== node ? flatten(p) : [p]));
}

/** The longest chain of ?: that is generated. */
const MAX_CHAIN = 50;

/** True for code that may be repeated: literals, constants, temporaries. */
function isSimple(js: string): boolean {
  return /^(?:[a-z][0-9]+|\(?-?[0-9][0-9.e+n-]*\)?|true|false)$/.test(js);
}
