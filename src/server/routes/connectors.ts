import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { topicSchema } from '../../engine/connectors/topic-schema.ts';
import { validateStatement } from '../../engine/statements/connectors/validate.ts';
import { Session } from '../../engine/session.ts';
import type { ConnectorTopicSchema } from '../../wire/connector-topic-schema.ts';
import { toEntity } from '../entities.ts';
import type { HttpContext } from '../http-context.ts';

/** GET /connectors/:connector/topics/:topic/schema: the columns of a topic that a connector writes. */
export async function connectorTopicSchema(http: HttpContext): Promise<void> {
  const { connector, topic } = http.params;
  const schema: ConnectorTopicSchema = await topicSchema(
    must(connector, 'connector'),
    must(topic, 'topic'),
    http.app.engine.services,
  );
  http.sendJson(200, schema);
}

/** POST /connectors/:connector/validate: settings as in Connect's REST API; responds as VALIDATE CONNECTOR. */
export async function validateConnector(http: HttpContext): Promise<void> {
  const config = await http.readJson();
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new SluiceError('BAD_REQUEST', 'The body is a JSON object of settings');
  const [result] = await http.app.engine.execute(
    validateStatement(must(http.params['connector'], 'connector'), config),
    new Session({}, {}, http.caller),
  );
  http.sendJson(200, toEntity(result!));
}
