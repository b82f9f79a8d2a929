import { SluiceError } from '../base/errors.ts';
import type { FunctionDefinition } from './api.ts';

const PRIMITIVES = new Set(['BOOLEAN', 'INTEGER', 'BIGINT', 'DOUBLE', 'STRING', 'BYTES', 'DATE', 'TIME', 'TIMESTAMP']);
const WILDCARDS = new Set(['ANY', 'ANY_DECIMAL', 'ANY_STRUCT', 'INTERVAL_UNIT']);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Checks that a value is a function definition, and completes it (upper-case name, path, author). @throws SluiceError
 * CONFIG with the module, the function and the invalid part
 */
export function validateDefinition(entry: unknown, path: string): FunctionDefinition {
  const checker = new Checker(path);
  return checker.definition(entry);
}

type Fields = Readonly<Record<string, unknown>>;

class Checker {
  #where: string;

  constructor(path: string) {
    this.#where = path;
  }

  #fail(problem: string): never {
    throw new SluiceError('CONFIG', `${this.#where}: ${problem}`);
  }

  #object(value: unknown, what: string): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.#fail(`${what} must be an object`);
    return value as Fields;
  }

  #list(value: unknown, what: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.#fail(`${what} must be an array`);
  }

  #optional(fields: Fields, key: string, type: 'string' | 'boolean' | 'function' | 'number'): void {
    const value = fields[key];
    if (value !== undefined && typeof value !== type) this.#fail(`${key} must be a ${type}`);
  }

  definition(entry: unknown): FunctionDefinition {
    const path = this.#where;
    const fields = this.#object(entry, 'a function definition');
    const name = fields['name'];
    if (typeof name !== 'string' || !NAME.test(name)) {
      return this.#fail('name must be a text of letters, digits and _, not starting with a digit');
    }
    this.#where = `${path}: function ${name}`;
    const kind = fields['kind'];
    if (kind !== 'SCALAR' && kind !== 'AGGREGATE' && kind !== 'TABLE') {
      return this.#fail("kind must be 'SCALAR', 'AGGREGATE' or 'TABLE'");
    }
    for (const key of ['category', 'doc', 'author', 'version', 'displayName']) this.#optional(fields, key, 'string');
    this.#optional(fields, 'deterministic', 'boolean');
    const synonyms = fields['synonyms'] === undefined ? [] : this.#list(fields['synonyms'], 'synonyms');
    for (const synonym of synonyms) {
      if (typeof synonym !== 'string' || !NAME.test(synonym)) this.#fail('each synonym must be a name');
    }
    const signatures = this.#list(fields['signatures'], 'signatures');
    if (signatures.length === 0) this.#fail('signatures must not be empty');
    signatures.forEach((signature, i) => {
      const outer = this.#where;
      this.#where = `${outer}, signature ${i + 1}`;
      this.#signature(this.#object(signature, 'a signature'), kind);
      this.#where = outer;
    });
    return {
      category: 'OTHER',
      doc: '',
      ...fields,
      name: name.toUpperCase(),
      displayName: (fields['displayName'] as string | undefined) ?? name.toUpperCase(),
      path,
    } as FunctionDefinition;
  }

  #signature(fields: Fields, kind: FunctionDefinition['kind']): void {
    const params = this.#list(fields['params'], 'params');
    params.forEach((value, i) => {
      const param = this.#object(value, `parameter ${i + 1}`);
      if (typeof param['name'] !== 'string' || param['name'] === '') this.#fail(`parameter ${i + 1} must have a name`);
      this.#type(param['type'], `the type of parameter ${param['name'] as string}`, kind === 'SCALAR');
    });
    this.#index(fields, 'variadic', params.length - 1);
    if (typeof fields['returns'] !== 'function') this.#type(fields['returns'], 'returns', false);
    if (kind === 'AGGREGATE') {
      this.#index(fields, 'literals', params.length);
      this.#optional(fields, 'isMergedExactly', 'boolean');
      if (typeof fields['create'] !== 'function') this.#fail('create must be a function that makes an aggregator');
      return;
    }
    this.#optional(fields, 'evaluate', 'function');
    this.#optional(fields, 'prepare', 'function');
    if ((fields['evaluate'] === undefined) === (fields['prepare'] === undefined)) {
      this.#fail('exactly one of evaluate and prepare must be given');
    }
    const nulls = fields['nulls'];
    if (nulls !== undefined && nulls !== 'pass' && nulls !== 'propagate')
      this.#fail("nulls must be 'pass' or 'propagate'");
  }

  #index(fields: Fields, key: string, max: number): void {
    const value = fields[key];
    if (value === undefined) return;
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
      this.#fail(`${key} must be a whole number from 0 to ${max}`);
    }
  }

  #type(value: unknown, what: string, lambdas: boolean): void {
    const type = this.#object(value, what);
    const kind = type['kind'];
    if (typeof kind !== 'string') return this.#fail(`${what} must have a kind such as 'BIGINT'`);
    if (PRIMITIVES.has(kind) || WILDCARDS.has(kind)) return;
    switch (kind) {
      case 'GENERIC':
        if (typeof type['name'] !== 'string') this.#fail(`${what}: a type variable needs a name`);
        return;
      case 'DECIMAL':
        if (!Number.isInteger(type['precision']) || !Number.isInteger(type['scale'])) {
          this.#fail(`${what}: DECIMAL needs precision and scale`);
        }
        return;
      case 'ARRAY':
      case 'ARRAY_OF':
        return this.#type(type['element'], `${what}: element`, false);
      case 'MAP':
      case 'MAP_OF':
        this.#type(type['key'], `${what}: key`, false);
        return this.#type(type['value'], `${what}: value`, false);
      case 'STRUCT':
        for (const field of this.#list(type['fields'], `${what}: fields`)) {
          const f = this.#object(field, `${what}: a field`);
          if (typeof f['name'] !== 'string') this.#fail(`${what}: each field needs a name`);
          this.#type(f['type'], `${what}: field ${f['name'] as string}`, false);
        }
        return;
      case 'LAMBDA':
        if (!lambdas) this.#fail(`${what} cannot be a lambda`);
        for (const param of this.#list(type['params'], `${what}: params`))
          this.#type(param, `${what}: a parameter`, false);
        return this.#type(type['returns'], `${what}: returns`, false);
      default:
        return this.#fail(`${what}: unknown kind '${kind}'`);
    }
  }
}
