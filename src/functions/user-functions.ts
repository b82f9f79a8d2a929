import { assertNever } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import type {
  AggregateSignature,
  CallSite,
  FunctionDefinition,
  ScalarBody,
  ScalarSignature,
  TableSignature,
} from './api.ts';
import { createRegistry, type FunctionRegistry } from './registry.ts';
import { guardAggregator, guardBody, guardRows } from './user-guards.ts';
import { UserCode } from './user-fence.ts';
import { validateDefinition } from './user-validation.ts';

/** A module of the extensions folder, after its import. */
export interface FunctionModule {
  /** The origin of the module, as shown by DESCRIBE FUNCTION and in errors. */
  readonly path: string;
  readonly exports: unknown;
}

export interface LoadedFunctions {
  /** The base registry and the usable functions. */
  readonly registry: FunctionRegistry;
  readonly loaded: readonly FunctionDefinition[];
  /** Why an entry or module was omitted: one error each, with code CONFIG. The server starts without them. */
  readonly problems: readonly SluiceError[];
}

/**
 * Adds the functions of user modules to a registry. Each entry is checked independently; a name that is already used,
 * by a built-in function or by an earlier module, is rejected. Bodies are wrapped: an exception, or a result that is
 * not of the declared type, becomes an evaluation error of that row and does not affect the server.
 */
export function loadUserFunctions(base: FunctionRegistry, modules: readonly FunctionModule[]): LoadedFunctions {
  const loaded: FunctionDefinition[] = [];
  const problems: SluiceError[] = [];
  const taken = new Map<string, string>();
  for (const module of modules) {
    const entries = entriesOf(module.exports);
    if (entries.length === 0) {
      problems.push(new SluiceError('CONFIG', `${module.path}: exports no function definitions`));
    }
    for (const entry of entries) {
      try {
        const definition = validateDefinition(entry, module.path);
        claimNames(definition, base, taken, module.path);
        loaded.push(guardDefinition(definition));
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        problems.push(error);
      }
    }
  }
  return { registry: createRegistry([...base.all(), ...loaded]), loaded, problems };
}

/** The values among a module's exports that look like definitions: directly, in an array, or in the default export. */
function entriesOf(exports: unknown): unknown[] {
  const found = new Set<unknown>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('signatures' in value || ('kind' in value && 'name' in value)) found.add(value);
    else if (depth > 0) for (const item of Object.values(value)) visit(item, depth - 1);
  };
  visit(exports, 3);
  return [...found];
}

function claimNames(
  definition: FunctionDefinition,
  base: FunctionRegistry,
  taken: Map<string, string>,
  path: string,
): void {
  const names = [definition.name, ...(definition.synonyms ?? [])].map((name) => name.toUpperCase());
  for (const name of names) {
    const owner = base.find(name) ? 'a function that exists' : taken.get(name);
    if (owner !== undefined) {
      throw new SluiceError('CONFIG', `${path}: the name ${name} is taken by ${owner}`, {
        hint: 'Rename the function.',
      });
    }
  }
  for (const name of names) taken.set(name, `${definition.name} of ${path}`);
}

function guardDefinition(definition: FunctionDefinition): FunctionDefinition {
  const code = new UserCode(definition.name);
  switch (definition.kind) {
    case 'SCALAR':
      return { ...definition, signatures: definition.signatures.map((s) => guardScalar(code, s)) };
    case 'AGGREGATE':
      return { ...definition, signatures: definition.signatures.map((s) => guardAggregate(code, s)) };
    case 'TABLE':
      return { ...definition, signatures: definition.signatures.map((s) => guardTable(code, s)) };
    default:
      return assertNever(definition);
  }
}

function guardScalar(code: UserCode, signature: ScalarSignature): ScalarSignature {
  const { evaluate, ...rest } = signature;
  return {
    ...rest,
    prepare(site) {
      const body: ScalarBody = signature.prepare ? preparing(code, site, () => signature.prepare!(site)) : evaluate!;
      return guardBody(code, body, site);
    },
  };
}

function guardTable(code: UserCode, signature: TableSignature): TableSignature {
  const { evaluate, ...rest } = signature;
  return {
    ...rest,
    prepare: (site) =>
      guardRows(code, signature.prepare ? preparing(code, site, () => signature.prepare!(site)) : evaluate!, site),
  };
}

function guardAggregate(code: UserCode, signature: AggregateSignature): AggregateSignature {
  return {
    ...signature,
    create: (site) =>
      guardAggregator(
        code,
        preparing(code, site, () => signature.create(site)),
        site,
      ),
  };
}

/** `prepare` and `create` run while a statement is planned: an exception rejects the statement. */
function preparing<R>(code: UserCode, { env }: CallSite, make: () => R): R {
  try {
    return env.fence === undefined ? make() : env.fence.call(code, env, make);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw new SluiceError(
      'STATEMENT',
      `Function ${code.name} refused the call: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
