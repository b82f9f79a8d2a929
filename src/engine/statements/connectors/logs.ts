import { KEYS } from '../../../config/keys.ts';
import { SluiceError } from '../../../base/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { formatName } from '../../../sql/printer/names.ts';
import { stateTopics, type EventRow } from '../../connector-state/sources.ts';
import { browseTopic } from '../../print/browse-topic.ts';
import type { ConnectorLogLine } from '../../connector-results.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, findConnector, unknownConnector } from './names.ts';

/** The number of entries that SHOW LOGS returns without LIMIT. */
const SHOWN = 50;
/** The most entries that it examines to find those of one connector. */
const BROWSED = 1000;

/** SHOW LOGS OF name: its states with their reasons, its topics, and log lines; also for a deleted connector. */
export async function listLogs(statement: StatementOf<'ListConnectorLogs'>, { services }: Call): Promise<Answer> {
  const connect = requireConnect(services);
  const { name: written } = statement.name;
  if (services.elsewhere !== undefined)
    throw new SluiceError(
      'STATEMENT',
      `What happens to connectors of Connect cluster ${services.elsewhere.cluster} is kept by that cluster alone, which has no request for it`,
      {
        span: statement.span,
        hint: `DESCRIBE CONNECTOR ${formatName(written)} EXTENDED; has their states with the whole traces, now. A server whose ksql.connect.url is that cluster keeps what happens.`,
      },
    );
  const found = await findConnector(connect, written);
  const name = found ?? written;
  const { events } = stateTopics(services.config.get(KEYS.serviceId));
  const { records, complete } = await browseTopic(
    events,
    { from: { at: 'end' }, limit: BROWSED, contains: name },
    services,
  );
  const lines = records
    .filter(({ key, value }) => key === name && value !== null)
    .slice(-(statement.limit ?? SHOWN))
    .map(({ value }): ConnectorLogLine => lineOf(JSON.parse(value!) as EventRow));
  if (lines.length === 0 && found === undefined) throw await unknownConnector(connect, statement.name, '');
  return {
    kind: 'connector_logs',
    connectorName: name,
    lines,
    notes: complete
      ? []
      : [`There is more in CONNECTOR_EVENTS: SELECT * FROM CONNECTOR_EVENTS WHERE CONNECTOR = '${name}';`],
  };
}

function lineOf(row: EventRow): ConnectorLogLine {
  return {
    at: row.AT,
    event: row.EVENT,
    task: row.TASK,
    state: row.STATE,
    previousState: row.PREVIOUS_STATE,
    topic: row.TOPIC,
    detail: row.DETAIL,
  };
}
