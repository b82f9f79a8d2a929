import { expect, test } from 'vitest';
import { renderEntity } from './entities.ts';

const entity = (type: string, fields: object) => ({ '@type': type, statementText: '', warnings: [], ...fields });

test('EXPLAIN of a query has the errors of its records', () => {
  const queryDescription = {
    id: 'Q',
    queryType: 'PERSISTENT',
    statementText: 'SELECT',
    errorStats: 'total-errors: 2\nlast error: x',
  };
  expect(renderEntity(entity('queryDescription', { queryDescription }), 80)).toContain(
    'Record errors\n  total-errors: 2\n  last error: x',
  );
});

test('how far a connector is stands in its description and in the list, without the word WARNING', () => {
  const news = ['Table public.books: its first reading is done, 2 rows'];
  for (const shown of [
    entity('connector_description', { status: { name: 'C', connector: {} }, news }),
    entity('connector_list', { connectors: [{ name: 'C', type: 'source', state: 'RUNNING' }], news }),
  ]) {
    const text = renderEntity(shown, 80);
    expect(text.split('\n')).toContain(news[0]);
    expect(text).not.toContain('WARNING');
  }
});
