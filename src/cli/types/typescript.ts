import { must } from '../../base/assert.ts';
import type { SchemaInfo } from '../../wire/entities.ts';

/**
 * The TypeScript type of a type's values, as in `RowValue`.
 * @param top whether it is the type of a column: inside other types a DECIMAL can be a plain number
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

/** An exported interface with these members, one per line. */
export function interfaceOf(title: string, comment: string, members: readonly string[]): string {
  const body = members.length === 0 ? '' : `\n${members.map((line) => `  ${line}`).join('\n')}\n`;
  return `/** ${comment} */\nexport interface ${title} {${body}}`;
}

/** Unique names for interfaces. */
export class Titles {
  readonly #taken = new Set(['Sources', 'Statements', 'ExactNumber']);

  /**
   * A name in TypeScript's convention: `PAGE_VIEWS` becomes `PageViews`; a name that is already in use gets a number.
   * @param suffixes the suffixes of the interfaces that use the name
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
