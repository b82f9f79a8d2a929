import { must } from '../../../base/assert.ts';
import { guarded } from '../../../connect/client/errors.ts';
import { HIDDEN } from '../../../base/secrets/find.ts';
import type { ConnectorProperty } from '../../../sql/ast/connectors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { formatStatement } from '../../../sql/printer/statement.ts';
import { writtenWithSources } from '../../connectors/sink-sources.ts';
import { maskConfig } from '../../connectors/mask.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName } from './names.ts';

/** The statement that creates such a connector, or the JSON for `POST /connectors`. Secrets are hidden. */
export async function showCreateConnector(statement: StatementOf<'ShowCreateConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const [info, status] = await guarded(
    async () => [await connect.info(name), await connect.status(name)] as const,
    'Failed to describe connector: ',
  );
  const { name: _, ...config } = await maskConfig(connect, info.config);
  const { state } = status.connector;
  const initialState = state === 'STOPPED' || state === 'PAUSED' ? state : null;
  const hidden = Object.keys(config).filter((key) => must(config[key], 'setting').includes(HIDDEN));
  return {
    kind: 'connector_statement',
    connectorName: name,
    text: statement.asJson
      ? JSON.stringify({ name, config, ...(initialState !== null && { initial_state: initialState }) }, null, 2)
      : createStatement(
          name,
          info.type === 'sink' ? 'SINK' : 'SOURCE',
          writtenWithSources(config, call.services) ?? config,
          initialState,
        ),
    notes:
      hidden.length === 0
        ? []
        : [
            `${hidden.join(', ')} ${hidden.length === 1 ? 'is' : 'are'} hidden: for ${name} itself ${HIDDEN} stands for the stored value, elsewhere write the value`,
          ],
  };
}

function createStatement(
  name: string,
  type: 'SOURCE' | 'SINK',
  config: Readonly<Record<string, string>>,
  initialState: 'STOPPED' | 'PAUSED' | null,
): string {
  const span = { start: 0, end: 0, line: 1, column: 0 };
  const properties = Object.entries(config).map(([key, value]): ConnectorProperty => ({
    kind: 'ConnectorProperty',
    span,
    key,
    value,
    valueStyle: 'string',
  }));
  const isPlain = /^[A-Z_][A-Z0-9_]*$/.test(name);
  return `${formatStatement({
    kind: 'CreateConnector',
    span,
    type,
    orReplace: false,
    ifNotExists: false,
    name: { kind: 'ConnectorName', span, name, written: name, quoting: isPlain ? 'none' : 'back-quote' },
    properties,
    initialState,
  })};`;
}
