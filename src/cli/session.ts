import { parseStatement } from '../sql/parse.ts';
import type { RequestOptions, SluiceClient } from '../client/sluice-client.ts';
import type { OutputFormat } from './render/rows.ts';

/**
 * The properties of SET and the variables of DEFINE in this console. A server's session lasts for one request, so the
 * console keeps them and sends them with each request.
 */
export class ConsoleSession {
  client: SluiceClient;
  output: OutputFormat;
  /** Whether the execution time of each statement is shown. */
  timing = false;
  /** The text shown for NULL; undefined: the default of each output format. */
  nullText: string | undefined;
  /** Whether rows are shown as records when the window is too narrow for a legible table. */
  foldsTables = true;
  /** Whether results that are taller than the screen are shown in a pager. */
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

  /** The value of a property that was set by SET in this session. */
  property(name: string): string | undefined {
    return this.#properties.get(name);
  }

  /** The variables of DEFINE; names in upper case. */
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

  /** Defines a variable, like DEFINE. */
  define(name: string, value: string): void {
    this.#variables.set(name.toUpperCase(), value);
  }

  /**
   * Applies a statement that the server has accepted to this session, and returns a description of the change; '' for
   * statements of other kinds.
   */
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
