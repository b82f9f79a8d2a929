import type { Route, RouteKey } from '../routes/table.ts';
import { OPERATIONS } from './operations.ts';
import { SCHEMAS, type Schema } from './schemas.ts';

/** The description of the REST API in OpenAPI 3.1, generated from the table of routes. */
export function openApi(routes: readonly Route[], version: string): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[pathOf(route.path)] ??= {})[route.method.toLowerCase()] = operation(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description: 'ksqlDB’s REST API, and what Sluice has beside it. The SQL is described in docs/guide/sql.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [{ name: 'ksqlDB' }, { name: 'Sluice' }],
    // A server without users requires no login.
    security: [{}, { basic: [] }],
    paths,
    components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } }, schemas: SCHEMAS },
  };
}

const pathOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

function operation({ method, path }: Route): unknown {
  const known = OPERATIONS[`${method} ${path}` as RouteKey];
  const { summary, isOurs, query = {}, body, answer, status = 200, also = {} } = known;
  const parameters = [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema })),
  ];
  return {
    summary,
    tags: [isOurs === true ? 'Sluice' : 'ksqlDB'],
    operationId: `${method.toLowerCase()}${path.replaceAll(/\W+(\w)/g, (_, c: string) => c.toUpperCase()).replace(/\W+$/, '')}`,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      [status]: { description: summary, ...(answer && { content: contentOf(answer) }) },
      ...Object.fromEntries(
        Object.entries(also).map(([code, { description, schema }]) => [
          code,
          { description, content: contentOf({ 'application/json': schema }) },
        ]),
      ),
      default: {
        description: 'An error.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function contentOf(content: Readonly<Record<string, Schema>>): unknown {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
}
