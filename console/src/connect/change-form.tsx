import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { HIDDEN } from '../../../src/base/secrets/find.ts';
import { textOf } from '../../../src/cli/render/fields.ts';
import { formatSql } from '../../../src/sql/format/format.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { openInEditor } from '../editor/workspace.tsx';
import { live } from '../server/live.ts';
import { server } from '../server/server.ts';
import { Code, Section } from '../ui/detail.tsx';
import { Action } from '../ui/action.tsx';
import { alterStatement, changesOf, merged, validateStatement, type Changes } from './changes.ts';
import { isIdle, problemsOf, useCheck } from './check.ts';
import { UnclaimedProblems } from './unclaimed-problems.tsx';
import { Field, type Setting } from './field.tsx';
import { inCluster, shownStatement, sourceChoices } from './form.tsx';
import { Preview } from './preview.tsx';
import { APART, othersOf, settingsOf, SOURCES } from './settings.ts';

/** A form for changing the settings of a connector: the fields of its class, and the resulting ALTER CONNECTOR. */
export function ChangeForm({
  name,
  cluster,
  type,
  config,
  described,
  onDone,
}: {
  readonly name: string;
  readonly cluster: string;
  readonly type: 'source' | 'sink';
  /** The current settings, in which `[hidden]` stands for secrets. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The answer to DESCRIBE CONNECTOR PLUGIN of its class. */
  readonly described: Entity;
  /**
   * Called when the form is done: with the server's message if the connector was changed, with '' if nothing had
   * changed.
   */
  onDone(message: string): void;
}) {
  const box = useRef<HTMLDivElement>(null);
  // Kept in this component alone: it may contain a secret.
  const [typed, setTyped] = useState<Changes>({});
  const [showsAll, setShowsAll] = useState(false);
  const current = useMemo(
    () => Object.fromEntries(Object.entries(config).map(([key, value]) => [key, textOf(value)])),
    [config],
  );
  const changes = changesOf(current, typed);
  const values = merged(current, changes);
  const plugin = { className: textOf(config['connector.class']), type };
  const table = useMemo(() => settingsOf(plugin, described), [described]);
  const settings = [...table, ...othersOf(table, current, described).filter((s) => !APART.has(s.name))];
  const isChanged = Object.keys(changes).length > 0;
  const there = inCluster(cluster);
  const statement = isChanged ? formatSql(alterStatement(name, changes, there)) : '';
  const checked = isChanged ? validateStatement(name, type, values, there) : undefined;
  const { check } = useCheck(checked, values);
  const isFresh = check.of === checked;
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'start' });
    box.current?.querySelector('input')?.focus({ preventScroll: true });
  }, []);

  const isFirst = (s: Setting): boolean =>
    s.required || current[s.name] !== undefined || typed[s.name] !== undefined || s.importance === 'HIGH';
  const shown = settings.filter((s) => (showsAll || isFirst(s)) && !isIdle(check, s, values[s.name]));
  const groups = [...new Set(shown.map((s) => s.group))];
  /** A secret that is typed only in part would replace the whole of it. */
  const cut = (s: Setting): readonly string[] =>
    changes[s.name]?.includes(HIDDEN) === true
      ? [`${HIDDEN} stands for the stored secret only in an unchanged value: write the secret itself.`]
      : [];
  const isCut = shown.some((s) => cut(s).length > 0);
  const claimed = new Set(shown.filter((s) => changes[s.name] !== undefined).flatMap((s) => problemsOf(check, s)));
  const choicesOf = (s: Setting): readonly string[] =>
    s.name === SOURCES.name
      ? sourceChoices(
          values[s.name] ?? '',
          (live.sources.value?.sources ?? []).map((x) => x.name),
        )
      : s.sets.flatMap((key) => check.settings.get(key)?.recommended ?? []);
  return (
    <div class="connector-form" ref={box}>
      <form onSubmit={(event) => event.preventDefault()} aria-label={`Change the settings of ${name}`}>
        {groups.map((group) => (
          <Section key={group} title={group}>
            {shown
              .filter((s) => s.group === group)
              .map((setting) => {
                const isKept = current[setting.name] === HIDDEN && changes[setting.name] === undefined;
                return (
                  <Field
                    key={setting.name}
                    setting={isKept ? { ...setting, fallback: `${HIDDEN}: it stays unless you type another` } : setting}
                    value={
                      isKept
                        ? ''
                        : (changes[setting.name] ?? (changes[setting.name] === null ? '' : current[setting.name]))
                    }
                    choices={choicesOf(setting)}
                    problems={
                      changes[setting.name] !== undefined && check.values[setting.name] === values[setting.name]
                        ? [...cut(setting), ...problemsOf(check, setting)]
                        : cut(setting)
                    }
                    onChange={(text) => {
                      const { [setting.name]: _, ...others } = typed;
                      // An emptied field of a secret means that the stored secret stays.
                      const stays = text === '' && current[setting.name] === HIDDEN;
                      setTyped(stays ? others : { ...others, [setting.name]: text === '' ? null : text });
                    }}
                  />
                );
              })}
          </Section>
        ))}
        <div class="form-more">
          <button type="button" aria-pressed={showsAll} onClick={() => setShowsAll(!showsAll)}>
            {showsAll ? 'Fewer settings' : `All settings (${settings.length})`}
          </button>
          {isChanged ? (
            <button type="button" onClick={() => setTyped({})}>
              As before
            </button>
          ) : null}
        </div>
      </form>
      <aside class="statement" aria-label="Statement">
        <h2>The statement</h2>
        {isChanged ? <Code text={shownStatement(statement)} /> : <p class="dim">Nothing is changed yet.</p>}
        {isChanged && isFresh ? <UnclaimedProblems check={check} claimed={claimed} /> : null}
        {isChanged && !isFresh ? (
          <p class="note" role="status">
            Checking …
          </p>
        ) : null}
        {check.answer === undefined || !isFresh || isCut ? null : (
          <>
            <p class="good" role="status">
              Checked: ALTER would make this.
            </p>
            <details>
              <summary>What it would then read or write</summary>
              <Preview answer={check.answer} />
            </details>
          </>
        )}
        <div class="form-end">
          <button type="button" onClick={() => onDone('')}>
            Leave as it is
          </button>
          {isChanged ? (
            <>
              <button type="button" onClick={() => openInEditor(`Change ${name}`, `${statement}\n`)}>
                In the editor
              </button>
              <button type="button" onClick={() => void navigator.clipboard?.writeText(statement)}>
                Copy
              </button>
              {isCut ? null : (
                <Action
                  label="Change"
                  primary={isFresh && check.answer !== undefined}
                  needs="connectors"
                  about={statement}
                  run={async () => {
                    const [answer] = await server().execute(statement);
                    const messages = [textOf(answer?.['message']), ...(answer?.warnings ?? []).map((w) => w.message)];
                    onDone(`${messages.join('. ')}.`);
                  }}
                />
              )}
            </>
          ) : null}
        </div>
      </aside>
    </div>
  );
}
