import { NamePattern } from '../../base/regex/name-pattern.ts';
import { SluiceError } from '../../base/errors.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import type { Entity } from '../../wire/entities.ts';
import { Session } from '../../engine/session.ts';
import { toEntity } from '../entities.ts';
import { checkFields } from '../request-fields.ts';
import type { HttpContext } from '../http-context.ts';

/**
 * POST /ksql/terminate: ends all queries, drops all sources, and deletes the topics of sinks that the request names.
 */
export async function terminateCluster(http: HttpContext): Promise<void> {
  const body = await http.readJson();
  checkFields(http, '/ksql/terminate', body);
  const given = body['deleteTopicList'] ?? [];
  if (!Array.isArray(given))
    throw new SluiceError('BAD_REQUEST', 'Invalid JSON in request: "deleteTopicList" must be a list', {
      hint: 'It holds patterns of topics’ names: {"deleteTopicList": ["orders", "clicks.*"]}.',
    });
  const patterns = given.map((text: unknown) => {
    try {
      return new NamePattern(String(text));
    } catch {
      throw new SluiceError('BAD_REQUEST', `Invalid pattern: ${String(text)}`);
    }
  });
  const { engine } = http.app;
  const statements = ['TERMINATE ALL;'];
  // Children before parents: a source made by a query is dropped before what the query read.
  for (const source of [...engine.catalog.sources.values()].toReversed()) {
    const topic = source.topic.name;
    const remove = source.isCasTarget && patterns.some((p) => p.test(topic));
    statements.push(`DROP ${source.kind} IF EXISTS ${quoteIdentifier(source.name)}${remove ? ' DELETE TOPIC' : ''};`);
  }
  const results = await engine.execute(statements.join('\n'), new Session({}, {}, http.caller));
  http.sendJson(
    200,
    results.map(toEntity).filter((e): e is Entity => e !== undefined),
  );
}
