import { expect, test } from 'vitest';
import { exportText, hasInserts, rowObject } from './export.ts';

const columns = ['ID', 'name', 'AMOUNT', 'NOTE'];
const types = ['BIGINT', 'STRING', 'DECIMAL(20, 2)', 'STRING'];
const line = (json: string, isTombstone = false) => ({ seq: 0, json, isTombstone, atMs: 0 });
const lines = [
  line('[9223372036854775807,"O\'Hara, \\"Scarlett\\"",12345678901234567.10,null]'),
  line('[1,null,null,null]', true),
  line('[2,"line\\nbreak",0.00,""]'),
];

test('every digit is saved, and nothing of rows that left', () => {
  expect(exportText('csv', columns, types, lines)).toBe(
    'ID,name,AMOUNT,NOTE\r\n' +
      '9223372036854775807,"O\'Hara, ""Scarlett""",12345678901234567.10,\r\n' +
      '2,"line\nbreak",0.00,""\r\n',
  );
  expect(exportText('json', columns, types, lines)).toBe(
    '{"ID":9223372036854775807,"name":"O\'Hara, \\"Scarlett\\"","AMOUNT":12345678901234567.10,"NOTE":null}\n' +
      '{"ID":2,"name":"line\\nbreak","AMOUNT":0.00,"NOTE":""}\n',
  );
});

test('INSERT statements can be typed in again', () => {
  expect(exportText('sql', columns, types, lines.slice(0, 1), 'PEOPLE')).toBe(
    "INSERT INTO PEOPLE (ID, `name`, AMOUNT, NOTE) VALUES (9223372036854775807, 'O''Hara, \"Scarlett\"', 12345678901234567.10, NULL);\n",
  );
  expect(exportText('sql', ['B'], ['BYTES'], [line('["AQI="]')])).toBe(
    "INSERT INTO TARGET (B) VALUES (TO_BYTES('AQI=', 'base64'));\n",
  );
  // A text that looks like a variable is escaped, and a name that is a word of SQL is quoted.
  expect(exportText('sql', ['SELECT'], ['STRING'], [line('["${name}"]')])).toBe(
    "INSERT INTO TARGET (`SELECT`) VALUES ('$${name}');\n",
  );
  expect(hasInserts(types)).toBe(true);
  expect(hasInserts(['ARRAY<INTEGER>'])).toBe(false);
});

test('a row alone is an object, with every digit', () => {
  expect(rowObject(columns, lines[0]!.json)).toBe(
    '{\n  "ID": 9223372036854775807,\n  "name": "O\'Hara, \\"Scarlett\\"",\n  "AMOUNT": 12345678901234567.10,\n  "NOTE": null\n}',
  );
});
