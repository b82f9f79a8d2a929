import type { ConfigKey, ConfigProblem, RawConfig } from './key.ts';
import { writtenText } from './parse.ts';
import { invalidSetting, missingSetting } from './problems.ts';

/** A setting that is known, and refused with what to do instead. */
export interface RefusedKey {
  readonly key: string;
  readonly why: string;
  /** Values that ask for nothing, beside the empty one. */
  readonly unless?: RegExp | undefined;
}

/** Rules between the settings of one config, looked at as they are written; gathers what is wrong. */
export class RuleCheck {
  readonly problems: ConfigProblem[] = [];
  readonly #config: RawConfig;

  constructor(config: RawConfig) {
    this.#config = config;
  }

  /** As `writtenText`. */
  text(key: ConfigKey): string {
    return writtenText(this.#config, key);
  }

  /** The same in lower case: of choices, whose case does not count. */
  choice(key: ConfigKey): string {
    return this.text(key).toLowerCase();
  }

  /** @param shown the value that the sentence names, where it is another than the key's own */
  refuse(key: ConfigKey, reason: string, shown = this.text(key)): void {
    this.problems.push(invalidSetting(key.name, shown, reason));
  }

  missing(key: ConfigKey, reason: string): void {
    this.problems.push(missingSetting(key.name, reason));
  }

  /** Refuses those of these settings that are given. */
  refuseAll(keys: readonly RefusedKey[]): void {
    for (const { key, why, unless } of keys) {
      const value = (this.#config[key] ?? '').trim();
      if (value !== '' && unless?.test(value) !== true) this.problems.push(invalidSetting(key, value, why));
    }
  }
}
