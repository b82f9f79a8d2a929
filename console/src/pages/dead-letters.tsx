import { useState } from 'preact/hooks';
import { ClientError } from '../../../src/client/client-error.ts';
import { listOf, textOf } from '../../../src/cli/render/fields.ts';
import { openInEditor } from '../editor/workspace.tsx';
import { live } from '../server/live.ts';
import { ask, server } from '../server/server.ts';
import { Section } from '../ui/detail.tsx';
import { Action } from '../ui/action.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { href } from '../ui/route.ts';
import { Time } from '../ui/time.tsx';
import { usePace } from '../ui/use-pace.ts';
import { quoteName } from '../../../src/sql/printer/names.ts';

/** The number of recent dead letters that are shown. */
const SHOWN = 50;

/** The shortest time between two requests for dead letters, in ms. */
const EVERY_MS = 3000;

/**
 * The dead letters of a connector: their origin, the reason and the contents; and how to replay them once the cause is
 * fixed.
 */
export function DeadLetters({
  name,
  isSource,
  topic,
  tolerance,
}: {
  readonly name: string;
  readonly isSource: boolean;
  /** Their topic; empty: the connector keeps none. */
  readonly topic: string;
  /** `errors.tolerance`. */
  readonly tolerance: string;
}) {
  const [message, setMessage] = useState('');
  const failures = live.metrics.value?.connectors[name]?.failures;
  // A dead letter is written slightly after its failure was counted.
  const pace = usePace({ everyMs: EVERY_MS, signs: String(failures), isBusy: false });
  const { value, problem, reload } = useAnswer(
    async () => (topic === '' ? undefined : await ask(`SHOW DEAD LETTERS OF ${quoteName(name)} LIMIT ${SHOWN};`)),
    [name, topic],
    pace,
  );
  if (topic === '') return isSource ? null : <NoneKept name={name} isTolerant={tolerance.toLowerCase() === 'all'} />;
  const letters = listOf(value?.['deadLetters']);
  const waiting = letters.filter((l) => l['retried'] !== true && l['originalTopic'] !== null).length;
  const retry = async (): Promise<void> => {
    const [answer] = await server().execute(`RETRY DEAD LETTERS OF ${quoteName(name)};`);
    setMessage([textOf(answer?.['message']), ...(answer?.warnings ?? []).map((w) => w.message)].join('. '));
    reload();
  };
  return (
    <Section title="Dead letters">
      <p>
        Records that failed are kept in topic <a href={href('topics', topic)}>{topic}</a>
        {isSource ? ': rows of the source, to be looked at' : ''}.{' '}
        {isSource || letters.length === 0 ? null : (
          <Action label="Retry dead letters" icon="restart" needs="connectors" primary={waiting > 0} run={retry} />
        )}
      </p>
      {message === '' ? null : (
        <p class="note" role="status">
          {message} One that fails again comes back below as a new one.
        </p>
      )}
      {problem === '' ? null : (
        <div class="problem-box" role="alert">
          {problem}
        </div>
      )}
      {value?.warnings.map((w) => (
        <p key={w.message} class="note">
          {w.message}
        </p>
      ))}
      {value !== undefined && letters.length === 0 ? <p class="dim">None.</p> : null}
      {letters.length === 0 ? null : (
        <div class="table-box dead-letters" tabIndex={0} role="region" aria-label="Dead letters">
          <table class="list small">
            <thead>
              <tr>
                <th>Time of the record</th>
                <th>From</th>
                <th>Stage</th>
                <th>Why</th>
                <th>Key</th>
                <th>Value</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {letters.toReversed().map((letter) => (
                <tr key={`${textOf(letter['partition'])}/${textOf(letter['offset'])}`}>
                  <td class="nowrap">
                    <Time ms={Number(letter['timestamp'])} />
                  </td>
                  <td class="nowrap">
                    <Origin letter={letter} />
                  </td>
                  <td>{textOf(letter['stage']).toLowerCase().replaceAll('_', ' ')}</td>
                  <td class="wide" title={textOf(letter['errorClass'])}>
                    {textOf(letter['error'])}
                  </td>
                  <td class="mono cut">
                    {letter['key'] === null ? <span class="null">NULL</span> : textOf(letter['key'])}
                  </td>
                  <td class="mono cut">
                    <a href={href('topics', topic, textOf(letter['partition']), textOf(letter['offset']))}>
                      {letter['value'] === null ? 'NULL' : textOf(letter['value'])}
                    </a>
                  </td>
                  <td class="dim nowrap">{letter['retried'] === true ? 'retried' : ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Origin({ letter }: { readonly letter: Readonly<Record<string, unknown>> }) {
  const topic = textOf(letter['originalTopic']);
  if (topic === '') return <span class="dim">unknown</span>;
  const [partition, offset] = [textOf(letter['originalPartition']), textOf(letter['originalOffset'])];
  const place = `${topic}/${partition}@${offset}`;
  return partition === '' || offset === '' ? (
    <>{place}</>
  ) : (
    <a href={href('topics', topic, partition, offset)}>{place}</a>
  );
}

/** Offers the statement that keeps dead letters, as proposed by the server. */
function NoneKept({ name, isTolerant }: { readonly name: string; readonly isTolerant: boolean }) {
  const propose = async (): Promise<void> => {
    try {
      await ask(`SHOW DEAD LETTERS OF ${quoteName(name)};`);
    } catch (error) {
      if (!(error instanceof ClientError) || error.hint === undefined) throw error;
      openInEditor(`Dead letters of ${name}`, `${error.hint}\n`);
    }
  };
  return (
    <Section title="Dead letters">
      <p>
        {isTolerant
          ? 'Records that fail are left out, and kept nowhere.'
          : 'A record that fails stops its task: errors.tolerance is none.'}{' '}
        <Action label="Keep them in a topic …" run={propose} />
      </p>
    </Section>
  );
}
