import { SluiceError } from '../../../base/errors.ts';
import type { ConnectorStatus } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { formatName } from '../../../sql/printer/names.ts';
import { declareSources } from '../../connectors/declare-sources.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName } from './names.ts';

/** How long RESUME waits for the topics of a connector that was created stopped, in ms. */
const DECLARATION_WAIT_MS = 10_000;

/** RESTART CONNECTOR, as a whole or one task. @throws SluiceError NOT_FOUND */
export async function restartConnector(statement: StatementOf<'RestartConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const { task, onlyFailed } = statement;
  const status = await guarded(() => connect.status(name), 'Failed to restart connector: ');
  if (task !== null && !status.tasks.some((t) => t.id === task))
    throw new SluiceError('NOT_FOUND', `Failed to restart connector: Unknown task: ${name}-${task}`, {
      span: statement.span,
      hint:
        status.tasks.length === 0
          ? `${name} has no tasks: RESTART CONNECTOR ${formatName(name)}; starts it anew.`
          : `${name} has ${status.tasks.length === 1 ? 'task' : 'tasks'} ${status.tasks.map((t) => t.id).join(', ')}. DESCRIBE CONNECTOR ${formatName(name)}; shows them.`,
    });
  if (onlyFailed && !hasFailed(status, task))
    return {
      kind: 'connector_changed',
      connectorName: name,
      message: `Nothing to restart: ${task === null ? 'nothing' : `task ${task}`} of connector ${name} ${task === null ? 'has' : 'has not'} failed`,
    };
  if (task === null) {
    await guarded(() => connect.restart(name, { includeTasks: true, onlyFailed }), 'Failed to restart connector: ');
    const what = onlyFailed ? `what had failed of connector ${name}` : `connector ${name}`;
    return { kind: 'connector_changed', connectorName: name, message: `Restarted ${what}` };
  }
  await guarded(() => connect.restartTask(name, task), 'Failed to restart connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Restarted task ${task} of connector ${name}` };
}

/** `task`: only this one; null: the connector itself and all tasks. */
function hasFailed({ connector, tasks }: ConnectorStatus, task: number | null): boolean {
  const asked = task === null ? [connector, ...tasks] : tasks.filter((t) => t.id === task);
  return asked.some((part) => part.state === 'FAILED');
}

export async function pauseConnector(statement: StatementOf<'PauseConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  await guarded(() => connect.pause(name), 'Failed to pause connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Paused connector ${name}` };
}

/** Declares topics that a connector could not report while it was stopped. */
export async function resumeConnector(statement: StatementOf<'ResumeConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const before = await guarded(() => connect.status(name), 'Failed to resume connector: ');
  await guarded(() => connect.resume(name), 'Failed to resume connector: ');
  const isNew = before.type === 'source' && before.connector.state === 'STOPPED' && connect.embedded !== undefined;
  const declared = isNew ? await declareSources(connect, name, DECLARATION_WAIT_MS, call.services) : [];
  return {
    kind: 'connector_changed',
    connectorName: name,
    message: `Resumed connector ${name}`,
    declared: declared.filter((d) => d.statement !== null),
  };
}

/** Ends the tasks and releases what they hold; config and offsets are kept (KIP-875). */
export async function stopConnector(statement: StatementOf<'StopConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  await guarded(() => connect.stop(name), 'Failed to stop connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Stopped connector ${name}` };
}
