import { must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';
import { formatType, type SqlType } from '../types/sql-type.ts';
import type { FunctionDefinition, Param, ParamType, SignatureBase } from './api.ts';
import { type Bindings, castDistance, formatParam, isCoercible, openness, substitute, unify } from './param-type.ts';

/** What is known about an argument before the function's overload is chosen. */
export type ArgType =
  | SqlType
  /** The NULL literal: fits any parameter. */
  | { readonly kind: 'NULL' }
  | { readonly kind: 'LAMBDA'; readonly arity: number }
  | { readonly kind: 'INTERVAL_UNIT' };

export const NULL_ARG: ArgType = { kind: 'NULL' };
export const INTERVAL_UNIT_ARG: ArgType = { kind: 'INTERVAL_UNIT' };
export const lambdaArg = (arity: number): ArgType => ({ kind: 'LAMBDA', arity });

/** The overload chosen for a call. */
export interface ResolvedSignature {
  /** The index into the definition's signatures. */
  readonly signature: number;
  /**
   * The type to which each argument must be cast. For a lambda: the type to which its body must be cast; for an
   * interval unit: STRING; for NULL: the type that it takes.
   */
  readonly argTypes: readonly SqlType[];
  /** The parameter index of each argument (which differs from its position after a variadic parameter). */
  readonly paramIndexes: readonly number[];
  readonly returnType: SqlType;
}

/** A call whose overload is chosen and whose lambdas are not yet typed. */
export interface PendingResolution {
  /** The parameter types of the lambda at argument `index`. */
  lambdaInputs(index: number): readonly SqlType[];
  /**
   * Completes the resolution. `bodies[index]` is the type of the body of the lambda at argument `index`; null if the
   * body is NULL.
   */
  finish(bodies?: readonly (SqlType | null | undefined)[]): ResolvedSignature;
}

/** Chooses the overload of a call without lambdas. @throws SluiceError STATEMENT with ksqlDB's message */
export function resolveSignature(
  definition: FunctionDefinition,
  args: readonly ArgType[],
  span?: Span,
): ResolvedSignature {
  return beginResolution(definition, args, span).finish();
}

/**
 * Chooses the overload in two phases, so that lambda bodies can be typed in between: first all other arguments bind the
 * type variables, then the types of the bodies do.
 *
 * Order of preference: no cast before casts; fixed before variadic; fewer type variables; shorter casts. Variadic
 * overloads that are equal up to the length of their casts are ambiguous, as in ksqlDB; of other equal ones (which
 * differ only if NULL is passed) the first declared is chosen.
 */
export function beginResolution(
  definition: FunctionDefinition,
  args: readonly ArgType[],
  span?: Span,
): PendingResolution {
  const candidates: Candidate[] = [];
  definition.signatures.forEach((signature, index) => {
    const candidate = match(signature, index, args);
    if (candidate) candidates.push(candidate);
  });
  if (candidates.length === 0) throw notAccepted(definition, args, span);
  candidates.sort(compareCandidates);
  const best = candidates[0]!;
  const second = candidates[1];
  if (second && best.variadic && compareBeforeDistance(best, second) === 0) {
    throw new SluiceError(
      'STATEMENT',
      `Function '${displayName(definition)}' cannot be resolved due to ambiguous method parameters ${formatArgs(args)}.\n${ALTERNATIVES}\n${alternatives(definition)}\n${MORE}`,
      { span, hint: 'CAST the arguments to one type.' },
    );
  }
  return pending(definition, best, args, span);
}

function pending(
  definition: FunctionDefinition,
  candidate: Candidate,
  args: readonly ArgType[],
  span: Span | undefined,
): PendingResolution {
  const { signature, bindings } = candidate;
  const paramOf = (index: number): Param =>
    must(signature.params[must(candidate.paramIndexes[index], 'param index')], 'param');
  return {
    lambdaInputs(index) {
      const { type } = paramOf(index);
      if (type.kind !== 'LAMBDA') throw new SluiceError('INTERNAL', `Argument ${index + 1} is not a lambda`);
      return type.params.map((p) => substitute(p, bindings, undefined));
    },
    finish(bodies = []) {
      const solved: Bindings = new Map(bindings);
      const known = args.map((arg, i): ArgType => (arg.kind === 'LAMBDA' ? (bodies[i] ?? arg) : arg));
      args.forEach((arg, i) => {
        const { type } = paramOf(i);
        const body = bodies[i];
        if (arg.kind !== 'LAMBDA' || type.kind !== 'LAMBDA' || !body) return;
        // A variable that the other arguments have bound is unchanged: the body is cast to it.
        if (!unifyBody(type.returns, body, solved)) throw notAccepted(definition, known, span);
      });
      const argTypes = args.map((arg, i) => {
        const { type } = paramOf(i);
        if (arg.kind === 'NULL' || arg.kind === 'INTERVAL_UNIT') return substitute(type, solved, undefined);
        if (arg.kind === 'LAMBDA') return substitute(type, solved, bodies[i] ?? undefined);
        return substitute(type, solved, arg);
      });
      const returnType =
        typeof signature.returns === 'function'
          ? signature.returns(argTypes)
          : substitute(signature.returns, solved, undefined);
      return { signature: candidate.index, argTypes, paramIndexes: candidate.paramIndexes, returnType };
    },
  };
}

function unifyBody(returns: ParamType, body: SqlType, solved: Bindings): boolean {
  if (returns.kind === 'GENERIC') {
    const bound = solved.get(returns.name);
    if (bound) return isCoercible(body, bound);
  }
  return unify(returns, body, solved);
}

interface Candidate {
  readonly index: number;
  readonly signature: SignatureBase;
  readonly bindings: Bindings;
  readonly paramIndexes: readonly number[];
  readonly casts: boolean;
  readonly variadic: boolean;
  readonly open: number;
  readonly distance: number;
}

function match(signature: SignatureBase, index: number, args: readonly ArgType[]): Candidate | undefined {
  const paramIndexes = assignParams(signature, args.length);
  if (!paramIndexes) return undefined;
  const bindings: Bindings = new Map();
  const typeAt = (i: number): ParamType => must(signature.params[must(paramIndexes[i], 'param index')], 'param').type;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const param = typeAt(i);
    if (arg.kind === 'LAMBDA') {
      if (param.kind !== 'LAMBDA' || param.params.length !== arg.arity) return undefined;
    } else if (arg.kind === 'INTERVAL_UNIT') {
      if (param.kind !== 'INTERVAL_UNIT') return undefined;
    } else if (arg.kind === 'NULL') {
      if (param.kind === 'LAMBDA' || param.kind === 'INTERVAL_UNIT') return undefined;
    } else if (!unify(param, arg, bindings)) return undefined;
  }
  let distance = 0;
  let open = 0;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const param = typeAt(i);
    open += openness(param);
    if (arg.kind === 'LAMBDA' || arg.kind === 'INTERVAL_UNIT' || arg.kind === 'NULL') continue;
    const wanted = substitute(param, bindings, arg);
    if (!isCoercible(arg, wanted)) return undefined;
    distance += castDistance(arg, wanted);
  }
  return {
    index,
    signature,
    bindings,
    paramIndexes,
    casts: distance > 0,
    variadic: signature.variadic !== undefined,
    open,
    distance,
  };
}

/** The parameter index of each argument, or undefined if the number of arguments does not fit. */
function assignParams(signature: SignatureBase, count: number): number[] | undefined {
  const { params, variadic } = signature;
  if (variadic === undefined) return count === params.length ? params.map((_, i) => i) : undefined;
  const repeats = count - (params.length - 1);
  if (repeats < 0) return undefined;
  const indexes: number[] = [];
  params.forEach((_, i) => {
    for (let n = i === variadic ? repeats : 1; n > 0; n--) indexes.push(i);
  });
  return indexes;
}

function compareBeforeDistance(a: Candidate, b: Candidate): number {
  return Number(a.casts) - Number(b.casts) || Number(a.variadic) - Number(b.variadic) || a.open - b.open;
}

function compareCandidates(a: Candidate, b: Candidate): number {
  return compareBeforeDistance(a, b) || a.distance - b.distance || a.index - b.index;
}

const ALTERNATIVES = 'Valid alternatives are:';
const MORE = 'For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;';

function notAccepted(definition: FunctionDefinition, args: readonly ArgType[], span: Span | undefined): SluiceError {
  return new SluiceError(
    'STATEMENT',
    `Function '${displayName(definition)}' does not accept parameters ${formatArgs(args)}.\n${ALTERNATIVES}\n${alternatives(definition)}\n${MORE}`,
    { span },
  );
}

/**
 * The name as ksqlDB's messages spell it: built-in scalar functions in lower case, aggregates and user-defined ones as
 * declared.
 */
export function displayName(definition: FunctionDefinition): string {
  if (definition.displayName !== undefined) return definition.displayName;
  return definition.kind === 'AGGREGATE' || definition.path !== undefined
    ? definition.name
    : definition.name.toLowerCase();
}

/** All signatures, one per line, sorted. */
function alternatives(definition: FunctionDefinition): string {
  return definition.signatures
    .map((s: SignatureBase) => formatSignature(displayName(definition), s))
    .sort()
    .join('\n');
}

/** The text of a signature, such as `substring(VARCHAR str, INT pos)`. */
export function formatSignature(name: string, signature: SignatureBase): string {
  return `${name}(${signature.params.map((p, i) => formatParam(p, i === signature.variadic)).join(', ')})`;
}

function formatArgs(args: readonly ArgType[]): string {
  return `(${args.map(formatArg).join(', ')})`;
}

function formatArg(arg: ArgType): string {
  switch (arg.kind) {
    case 'NULL':
      return 'null';
    case 'LAMBDA':
      return 'LAMBDA';
    case 'INTERVAL_UNIT':
      return 'INTERVALUNIT';
    default:
      return formatType(arg);
  }
}

/** The error for an argument that must be a literal. `position` counts from 1; `text` is the argument as SQL. */
export function literalRequired(name: string, position: number, text: string, span?: Span): SluiceError {
  return new SluiceError(
    'STATEMENT',
    `Parameter ${position} passed to function ${name.toUpperCase()} must be a literal constant, but was expression: '${text}'`,
    { span },
  );
}
