import { traceOf } from '../../api/errors.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import type { ConfigResolver } from './resolved-config.ts';

/** The settings of a running connector: its references as they were last resolved, and what must not be shown. */
export class LiveSettings {
  readonly given: RawConfig;
  readonly #resolver: ConfigResolver;
  #raw: RawConfig = {};
  #secrets: readonly string[];

  constructor(given: RawConfig, resolver: ConfigResolver) {
    this.given = given;
    this.#resolver = resolver;
    this.#secrets = resolver.secretsIn(given);
  }

  /** With references resolved; empty before the first start. */
  get raw(): RawConfig {
    return this.#raw;
  }
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** Resolves references again, for a start. @throws RequestError */
  async lookUp(): Promise<RawConfig> {
    const { raw, secrets } = await this.#resolver.resolveToRun(this.given);
    this.#raw = raw;
    this.#secrets = secrets;
    return raw;
  }

  /** The settings whose references have new values. @throws RequestError */
  async changes(): Promise<Readonly<Record<string, string>>> {
    const { raw, secrets } = await this.#resolver.resolveToRun(this.given);
    const changed = Object.entries(raw).filter(([key, value]) => value !== this.#raw[key]);
    if (changed.length > 0) this.#secrets = [...new Set([...this.#secrets, ...secrets])];
    return Object.fromEntries(changed);
  }

  /** The error's trace without secrets. */
  traceOf(error: unknown): string {
    return traceOf(error, this.#secrets);
  }
}
