import { maskValue } from '../../../src/base/secrets/mask.ts';
import { isSecretName } from '../../../src/base/secrets/names.ts';
import { stored } from '../ui/stored.ts';

/** A plug-in as a connector names it. */
export interface Plugin {
  /** Absent: the form is that of the class, in its own settings, and the statement names it. */
  readonly shortName?: string | undefined;
  readonly className: string;
  readonly type: 'source' | 'sink';
}

/** What has been typed into the form of a plug-in. */
export interface Draft {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  /** The state in which it is made; null: it runs. */
  readonly initialState: 'STOPPED' | 'PAUSED' | null;
  /** Settings that the plug-in's table calls passwords. */
  readonly passwords: readonly string[];
}

export const NO_DRAFT: Draft = { name: '', values: {}, initialState: null, passwords: [] };

/** By plug-in and cluster. They outlive the page but for what is or may be a secret. */
const drafts = stored<Readonly<Record<string, Draft>>>('drafts', {}, (all) =>
  Object.fromEntries(Object.entries(all).map(([key, draft]) => [key, withoutSecrets(draft)])),
);

export function draftOf(plugin: Plugin, cluster: string): Draft {
  return drafts.value[keyOf(plugin, cluster)] ?? NO_DRAFT;
}

/** Undefined forgets it. */
export function keepDraft(plugin: Plugin, cluster: string, draft: Draft | undefined): void {
  const { [keyOf(plugin, cluster)]: _, ...others } = drafts.value;
  drafts.value = draft === undefined ? others : { ...others, [keyOf(plugin, cluster)]: draft };
}

function keyOf({ shortName, className, type }: Plugin, cluster: string): string {
  return [shortName === undefined ? className : `${shortName} ${type}`, cluster].join(' @ ');
}

export function withoutSecrets(draft: Draft): Draft {
  const isHarmless = (name: string, value: string): boolean =>
    !draft.passwords.includes(name) && !isSecretName(name) && maskValue(value) === value;
  return {
    ...draft,
    values: Object.fromEntries(Object.entries(draft.values).filter(([name, value]) => isHarmless(name, value))),
  };
}
