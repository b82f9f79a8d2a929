import { describe, expect, test } from 'vitest';
import { parseStatements } from '../sql/parse.ts';
import { HELP_TEXTS, HELP_TOPICS, statementHelp } from './help.ts';

describe('help', () => {
  test.each(HELP_TOPICS)('%s: fits 80 columns, and its example is a statement', (name) => {
    const text = statementHelp(name.toLowerCase());
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text.toUpperCase()).toContain(name.split(' ')[0]);
  });

  test('every example can be parsed', () => {
    for (const { example } of HELP_TEXTS) {
      if (!example.startsWith('RUN SCRIPT')) expect(parseStatements(example).length).toBeGreaterThan(0);
    }
  });

  test('words that stand for others, and longer ones', () => {
    expect(statementHelp('list')).toContain('SHOW STREAMS');
    expect(statementHelp('desc')).toContain('DESCRIBE source');
    expect(statementHelp('create or replace table')).toContain('TABLE [IF NOT EXISTS]');
    expect(statementHelp('create')).toContain('CREATE TYPE');
    expect(statementHelp('show tables')).toContain('SHOW STREAMS | TABLES');
  });

  test('what there is no help for names the nearest', () => {
    expect(() => statementHelp('creat stream')).toThrow('Did you mean help create stream?');
  });
});
