import { parseStatement } from '../sql/parse.ts';
import type { RequestOptions, SluiceClient } from '../client/sluice-client.ts';
import type { OutputFormat } from './render/rows.ts';

/**
 * What SET and DEFINE have made of this console. A server's session lasts for one request, so the console keeps its own
 * copy and sends it along with each.
 */
export class ConsoleSession {
  client: SluiceClient;
  output: OutputFormat;
  /** Whether the time that each statement took is told. */
  timing = false;
  /** What NULL looks like; undefined: as each form has it. */
  nullText: string | undefined;
  /** Whether rows that the window cannot hold legibly as a table are shown as records. */
  foldsTables = true;
  /** Whether what is taller than the screen is leafed through. */
  pager = true;
  readonly #properties = new Map<string, string>();
  readonly #variables = new Map<string, string>();

  constructor(client: SluiceClient, output: OutputFormat) {
    this.client = client;
    this.output = output;
  }

  get setProperties(): ReadonlySet<string> {
    return new Set(this.#properties.keys());
  }

  /** The value that SET has given a property here. */
  property(name: string): string | undefined {
    return this.#properties.get(name);
  }

  /** By DEFINE; names in upper case. */
  get variables(): ReadonlyMap<string, string> {
    return this.#variables;
  }

  requestOptions(signal: AbortSignal): RequestOptions {
    return {
      properties: Object.fromEntries(this.#properties),
      variables: Object.fromEntries(this.#variables),
      signal,
    };
  }

  /** A variable from outside, as by DEFINE. */
  define(name: string, value: string): void {
    this.#variables.set(name.toUpperCase(), value);
  }

  /** Remembers a statement that the server has accepted, and says what it changed; '' for statements of other kinds. */
  remember(text: string): string {
    if (!/^\s*(?:SET|UNSET|DEFINE|UNDEFINE)\b/i.test(text)) return '';
    const statement = parseStatement(text, { variables: this.#variables });
    switch (statement.kind) {
      case 'SetProperty': {
        const before = this.#properties.get(statement.name);
        this.#properties.set(statement.name, statement.value);
        return before === undefined
          ? `Successfully changed local property '${statement.name}' to '${statement.value}'.`
          : `Successfully changed local property '${statement.name}' from '${before}' to '${statement.value}'.`;
      }
      case 'UnsetProperty': {
        const before = this.#properties.get(statement.name);
        this.#properties.delete(statement.name);
        return before === undefined
          ? `Property '${statement.name}' was not set.`
          : `Successfully unset local property '${statement.name}' (value was '${before}').`;
      }
      case 'DefineVariable':
        this.#variables.set(statement.name.toUpperCase(), statement.value);
        return '';
      case 'UndefineVariable':
        this.#variables.delete(statement.name.toUpperCase());
        return '';
      default:
        return '';
    }
  }
}
