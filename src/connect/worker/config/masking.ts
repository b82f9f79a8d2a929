import { must } from '../../../base/assert.ts';
import { PLACE } from '../../client/place-names.ts';
import { badRequest } from '../request-error.ts';
import type { ConfigProblem, RawConfig } from '../../api/config-spec.ts';
import { HIDDEN } from '../../../base/secrets/find.ts';

/**
 * Replaces masked values in a config by the stored ones, so that a client may read a config, change one setting and
 * write it back without seeing the secret. This applies only while class and destination are the same: otherwise a
 * client that must not see a password could send it to a server of its own. `mask` hides the secrets of a config.
 * @throws RequestError 400 naming the settings, where the class or the destination has changed
 */
export function unmask(sent: RawConfig, stored: RawConfig, mask: (config: RawConfig) => RawConfig): RawConfig {
  const shown = mask(stored);
  const isKept = (name: string): boolean => sent[name] === shown[name] && shown[name] !== stored[name];
  const moved = [...new Set([...Object.keys(sent), ...Object.keys(stored)])].filter(
    (name) =>
      (name === 'connector.class' || PLACE.test(name)) && sent[name] !== shown[name] && sent[name] !== stored[name],
  );
  const hidden = Object.keys(sent).filter(
    (name) => isKept(name) || (moved.includes(name) && sent[name]?.includes(HIDDEN) === true),
  );
  if (hidden.length > 0 && moved.length > 0) {
    throw badRequest(
      `${hidden.join(', ')}: ${HIDDEN} stands for the stored value only while ${moved.join(', ')} ` +
        `${moved.length === 1 ? 'stays' : 'stay'} as before. Send the value itself.`,
    );
  }
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, isKept(name) ? must(stored[name], 'stored setting') : value]),
  );
}

/**
 * Settings in which `[hidden]` is left once what is stored has taken its place: there is nothing that it stands for.
 * @param stored undefined: there is no such connector. What it lost the key of is told when it is to run
 */
export function needlesslyHidden(config: RawConfig, stored: RawConfig | undefined): readonly ConfigProblem[] {
  return Object.entries(config)
    .filter(([name, value]) => value.includes(HIDDEN) && stored?.[name] !== value)
    .map(([key]) => ({
      key,
      message: `Invalid value ${HIDDEN} for configuration ${key}: it stands for a stored value, and none is stored. Send the value itself`,
    }));
}
