import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { ScalarBody, ScalarSignature } from '../../functions/api.ts';
import type { TypedArg } from '../typed.ts';
import type { Code, Emitter, Of } from './code.ts';
import type { CompileEnv } from './env.ts';
import { type StepCount, stepsOf } from './step-count.ts';

/** The code of a scalar function's call, which counts steps if necessary. */
export function callCode(node: Of<'call'>, env: CompileEnv, emitter: Emitter): Code {
  const { names, steps: count } = emitter;
  const definition = env.functions.find(node.name);
  if (definition === undefined || definition.kind !== 'SCALAR') {
    throw new SluiceError('STATEMENT', `Can't find any functions with the name '${node.name}'`);
  }
  const signature = must(definition.signatures[node.signature], `signature ${node.signature} of ${node.name}`);
  const body = names.constant(bodyOf(signature, node, env, count));
  // A user-defined function may return undefined.
  const suffix = definition.path === undefined ? '' : ' ?? null';
  const args = node.args.map((arg) => argumentCode(arg, emitter));
  const invoke = (refs: readonly string[]): string => `${body}(${refs.join(', ')})${suffix}`;
  const weight = signature.weight ?? definition.weight;
  const sizesOf = (refs: readonly string[]): [ref: string, steps: string][] =>
    node.args.flatMap((arg, i) => {
      const steps =
        arg.kind === 'lambda' || arg.kind === 'intervalUnit' ? undefined : stepsOf(arg.type, must(refs[i], 'ref'));
      return steps === undefined ? [] : [[must(refs[i], 'ref'), steps] as [string, string]];
    });
  if (signature.nulls === 'pass') {
    if (weight === undefined) return { js: `(${invoke(args.map((a) => a.js))})`, nullable: true, throws: true };
    const temps = args.map(() => names.temp());
    const assigned = args.map((a, i) => `${temps[i]} = ${a.js}`).join(', ');
    const sizes = sizesOf(temps).map(([ref, steps]) => `(${ref} === null ? 0 : ${steps})`);
    const counted = count.counted(`(${['0', ...sizes].join(' + ')}) * ${weight}`);
    return { js: `(${assigned}, ${counted} ? ${count.tooMuch()} : ${invoke(temps)})`, nullable: true, throws: true };
  }
  return emitter.strictCodes(args, (refs) => {
    const sizes = sizesOf(refs).map(([, size]) => size);
    if (sizes.length === 0) return { js: invoke(refs), nullable: true, throws: true };
    const steps = weight === undefined ? sizes.join(' + ') : `(${sizes.join(' + ')}) * ${weight}`;
    return { js: `${count.counted(steps)} ? ${count.tooMuch()} : ${invoke(refs)}`, nullable: true, throws: true };
  });
}

function bodyOf(signature: ScalarSignature, node: Of<'call'>, env: CompileEnv, count: StepCount): ScalarBody {
  if (signature.prepare === undefined) return must(signature.evaluate, `body of ${node.name}`);
  count.isCounted = true;
  return signature.prepare({
    argTypes: node.args.map((arg) =>
      arg.kind === 'lambda' ? arg.body.type : arg.kind === 'intervalUnit' ? { kind: 'STRING' } : arg.type,
    ),
    returnType: node.type,
    constants: node.args.map((arg) =>
      arg.kind === 'literal' ? arg.value : arg.kind === 'intervalUnit' ? arg.unit : undefined,
    ),
    env: env.functionEnv,
  });
}

function argumentCode(arg: TypedArg, emitter: Emitter): Code {
  if (arg.kind === 'lambda') return emitter.lambda(arg);
  if (arg.kind === 'intervalUnit') return { js: emitter.names.constant(arg.unit), nullable: false, throws: false };
  return emitter.guarded(arg);
}
