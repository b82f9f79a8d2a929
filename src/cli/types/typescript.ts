import { must } from '../../base/assert.ts';
import type { SchemaInfo } from '../../wire/entities.ts';

/**
 * The values of a type in TypeScript, as `RowValue` has them.
 * @param top whether it is a column's: inside of others a DECIMAL may be a plain number
 */
export function typeOf(schema: SchemaInfo, top = false): string {
  switch (schema.type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INTEGER':
      return 'number';
    case 'DOUBLE':
      return top ? 'number' : 'number | ExactNumber';
    case 'BIGINT':
      return 'number | bigint';
    case 'DECIMAL':
      return top ? 'ExactNumber' : 'number | bigint | ExactNumber';
    case 'ARRAY':
      return `readonly (${typeOf(schema.memberSchema!)} | null)[]`;
    case 'MAP':
      return `{ readonly [key: string]: ${typeOf(schema.memberSchema!)} | null }`;
    case 'STRUCT':
      return `{ ${(schema.fields ?? []).map((f) => `readonly ${JSON.stringify(f.name)}: ${typeOf(f.schema)} | null`).join('; ')} }`;
    default:
      return 'string';
  }
}

/** An exported interface with these members, a line each. */
export function interfaceOf(title: string, comment: string, members: readonly string[]): string {
  const body = members.length === 0 ? '' : `\n${members.map((line) => `  ${line}`).join('\n')}\n`;
  return `/** ${comment} */\nexport interface ${title} {${body}}`;
}

/** Names of interfaces, each given once. */
export class Titles {
  readonly #taken = new Set(['Sources', 'Statements', 'ExactNumber']);

  /**
   * A name as TypeScript has them: `PAGE_VIEWS` is `PageViews`; of two that would be equal the second gets a number.
   * @param suffixes of the interfaces that are made of it
   */
  of(name: string, suffixes: readonly string[], otherwise: string): string {
    const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
    const title = words.map(
      (w) => must(w[0], 'first letter').toUpperCase() + (/[a-z]/.test(w) ? w.slice(1) : w.slice(1).toLowerCase()),
    );
    const base = title.join('').replace(/^(?=\d|$)/, otherwise);
    let free = base;
    for (let n = 2; suffixes.some((suffix) => this.#taken.has(free + suffix)); n++) free = `${base}${n}`;
    for (const suffix of suffixes) this.#taken.add(free + suffix);
    return free;
  }
}
