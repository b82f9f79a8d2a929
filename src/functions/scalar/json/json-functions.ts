import type { Work } from '../../../base/budget/work.ts';
import { type Json, JsonObject, jsonText } from '../../../types/json-text.ts';
import { array, BOOLEAN, INTEGER, map, type SqlType, STRING } from '../../../types/sql-type.ts';
import { scalarFunction, type ScalarSignature } from '../../api.ts';
import { param } from '../../param.ts';
import { documentOrNone, isArray, readDocument } from './documents.ts';

const JSON_TEXT = param('json', STRING, 'The JSON text.');

/** The signature of a function that computes `value` from a JSON document. */
function ofDocument(returns: SqlType, value: (json: Json | undefined) => unknown): ScalarSignature {
  return {
    params: [JSON_TEXT],
    returns,
    prepare:
      ({ env }) =>
      (text: string) =>
        value(readDocument(text, env.work)),
  };
}

export const isJsonString = scalarFunction({
  name: 'IS_JSON_STRING',
  category: 'JSON',
  doc: 'Returns whether a text is valid JSON; false for NULL.',
  signatures: [
    {
      params: [JSON_TEXT],
      nulls: 'pass',
      returns: BOOLEAN,
      prepare:
        ({ env }) =>
        (text: string | null) =>
          text !== null && documentOrNone(text, env.work) !== undefined,
    },
  ],
  examples: [
    { call: "IS_JSON_STRING('[1, 2, 3]')", gives: true },
    { call: "IS_JSON_STRING('null')", gives: true },
    { call: "IS_JSON_STRING('')", gives: false },
    { call: "IS_JSON_STRING('abc')", gives: false },
    { call: 'IS_JSON_STRING(NULL)', gives: false },
  ],
});

export const jsonArrayLength = scalarFunction({
  name: 'JSON_ARRAY_LENGTH',
  category: 'JSON',
  doc: 'Returns the length of the array that a JSON text is; NULL when it is none.',
  signatures: [ofDocument(INTEGER, (json) => (isArray(json) ? json.length : null))],
  examples: [
    { call: "JSON_ARRAY_LENGTH('[1, [1, [2]], 3]')", gives: 3 },
    { call: "JSON_ARRAY_LENGTH('{}')", gives: null },
    { call: "JSON_ARRAY_LENGTH('')", gives: null },
  ],
});

export const jsonKeys = scalarFunction({
  name: 'JSON_KEYS',
  category: 'JSON',
  doc: 'Returns the top-level keys of the object that a JSON text is; NULL when it is none.',
  signatures: [ofDocument(array(STRING), (json) => (json instanceof JsonObject ? [...json.fields.keys()] : null))],
  examples: [
    { call: `JSON_KEYS('{"a": "abc", "b": { "c": "a" }, "d": 1}')`, gives: ['a', 'b', 'd'] },
    { call: "JSON_KEYS('[]')", gives: null },
    { call: "JSON_KEYS('')", gives: null },
  ],
});

export const jsonRecords = scalarFunction({
  name: 'JSON_RECORDS',
  category: 'JSON',
  doc: 'Returns the top-level keys and values of the object that a JSON text is, texts as they are and other values as JSON texts; NULL when it is none.',
  signatures: [
    ofDocument(map(STRING, STRING), (json) =>
      json instanceof JsonObject
        ? new Map([...json.fields].map(([name, value]) => [name, typeof value === 'string' ? value : jsonText(value)]))
        : null,
    ),
  ],
  examples: [
    {
      call: `JSON_RECORDS('{"a": "abc", "b": { "c": "a" }, "d": 1}')`,
      gives: { a: 'abc', b: '{"c":"a"}', d: '1' },
    },
    { call: "JSON_RECORDS('[]')", gives: null },
  ],
});

export const jsonItems = scalarFunction({
  name: 'JSON_ITEMS',
  category: 'JSON',
  doc: 'Returns the elements of the array that a JSON text is, each as a JSON text; NULL when it is none.',
  signatures: [ofDocument(array(STRING), (json) => (isArray(json) ? json.map(jsonText) : null))],
  examples: [{ call: `JSON_ITEMS('[{"type": "A"}, 1.50]')`, gives: ['{"type":"A"}', '1.50'] }],
});

/**
 * If all documents are objects, they are merged at the top level; otherwise all are converted to arrays and
 * concatenated.
 */
function concatDocuments(work: Work, texts: readonly (string | null)[]): string | null {
  const documents: Json[] = [];
  for (const text of texts) {
    const json = text === null ? undefined : readDocument(text, work);
    if (json === undefined) return null;
    documents.push(json);
  }
  if (documents.every((json) => json instanceof JsonObject)) {
    return jsonText(JsonObject.of(documents.flatMap((json) => [...json.fields])));
  }
  return jsonText(documents.flatMap((json) => (isArray(json) ? json : [json])));
}

export const jsonConcat = scalarFunction({
  name: 'JSON_CONCAT',
  category: 'JSON',
  doc:
    'Concatenates JSON texts: objects to an object with the keys of all (of equal keys the last counts), anything else to ' +
    'an array. NULL when one of them is NULL or empty.',
  signatures: [
    {
      params: [param('jsonStrings', STRING, 'The JSON texts.')],
      variadic: 0,
      nulls: 'pass',
      returns: STRING,
      prepare:
        ({ env }) =>
        (...texts: (string | null)[]) =>
          concatDocuments(env.work, texts),
    },
  ],
  examples: [
    { call: `JSON_CONCAT('{"a": {"5": 6}}', '{"a": {"3": 4}}')`, gives: '{"a":{"3":4}}' },
    { call: `JSON_CONCAT('[1, 2]', '{"a": 1}')`, gives: '[1,2,{"a":1}]' },
    { call: "JSON_CONCAT('null', 'null')", gives: '[null,null]' },
    { call: "JSON_CONCAT(NULL, '[1]')", gives: null },
  ],
});
