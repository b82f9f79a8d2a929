import type { ConfigKey, ConfigProblem, RawConfig } from './key.ts';
import { writtenText } from './parse.ts';
import { invalidSetting, missingSetting } from './problems.ts';

/** A known setting that is refused, with advice on what to use instead. */
export interface RefusedKey {
  readonly key: string;
  readonly why: string;
  /** Values that have no effect and are therefore accepted, besides the empty one. */
  readonly unless?: RegExp | undefined;
}

/** Checks rules between the settings of one config, as they are written, and collects the problems. */
export class RuleCheck {
  readonly problems: ConfigProblem[] = [];
  readonly #config: RawConfig;

  constructor(config: RawConfig) {
    this.#config = config;
  }

  /** @see writtenText */
  text(key: ConfigKey): string {
    return writtenText(this.#config, key);
  }

  /** The value in lower case, for choices whose case does not matter. */
  choice(key: ConfigKey): string {
    return this.text(key).toLowerCase();
  }

  /** @param shown the value in the message, where it differs from the key's own */
  refuse(key: ConfigKey, reason: string, shown = this.text(key)): void {
    this.problems.push(invalidSetting(key.name, shown, reason));
  }

  missing(key: ConfigKey, reason: string): void {
    this.problems.push(missingSetting(key.name, reason));
  }

  /** Refuses each of these settings that is given. */
  refuseAll(keys: readonly RefusedKey[]): void {
    for (const { key, why, unless } of keys) {
      const value = (this.#config[key] ?? '').trim();
      if (value !== '' && unless?.test(value) !== true) this.problems.push(invalidSetting(key, value, why));
    }
  }
}
