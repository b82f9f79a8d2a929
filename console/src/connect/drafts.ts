import { maskValue } from '../../../src/base/secrets/mask.ts';
import { isSecretName } from '../../../src/base/secrets/names.ts';
import { stored } from '../ui/stored.ts';

/** A plug-in as a connector names it. */
export interface Plugin {
  /** Absent: the form shows the settings of the class, and the statement names the class. */
  readonly shortName?: string | undefined;
  readonly className: string;
  readonly type: 'source' | 'sink';
}

/** The contents of a plug-in's form. */
export interface Draft {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  /** The state in which the connector is created; null: running. */
  readonly initialState: 'STOPPED' | 'PAUSED' | null;
  /** Settings that the plug-in declares as passwords. */
  readonly passwords: readonly string[];
}

export const NO_DRAFT: Draft = { name: '', values: {}, initialState: null, passwords: [] };

/** By plug-in and cluster. They persist after the page is closed, without values that are or may be secrets. */
const drafts = stored<Readonly<Record<string, Draft>>>('drafts', {}, (all) =>
  Object.fromEntries(Object.entries(all).map(([key, draft]) => [key, withoutSecrets(draft)])),
);

/** The stored draft of a plug-in in a cluster, or an empty one. */
export function draftOf(plugin: Plugin, cluster: string): Draft {
  return drafts.value[keyOf(plugin, cluster)] ?? NO_DRAFT;
}

/** Stores a draft; undefined deletes it. */
export function keepDraft(plugin: Plugin, cluster: string, draft: Draft | undefined): void {
  const { [keyOf(plugin, cluster)]: _, ...others } = drafts.value;
  drafts.value = draft === undefined ? others : { ...others, [keyOf(plugin, cluster)]: draft };
}

function keyOf({ shortName, className, type }: Plugin, cluster: string): string {
  return [shortName === undefined ? className : `${shortName} ${type}`, cluster].join(' @ ');
}

/** The draft without values that are or may be secrets. */
export function withoutSecrets(draft: Draft): Draft {
  const isHarmless = (name: string, value: string): boolean =>
    !draft.passwords.includes(name) && !isSecretName(name) && maskValue(value) === value;
  return {
    ...draft,
    values: Object.fromEntries(Object.entries(draft.values).filter(([name, value]) => isHarmless(name, value))),
  };
}
