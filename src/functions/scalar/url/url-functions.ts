import { INTEGER, type SqlType, STRING } from '../../../types/sql-type.ts';
import { type FunctionExample, type ScalarFunction, scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';
import { decodePercent, formDecode, formEncode, parseUri, type Uri } from './uri.ts';

const URL_PARAM = param('url', STRING, 'The URL.');

function urlPart(
  name: string,
  doc: string,
  returns: SqlType,
  part: (uri: Uri) => string | number | null,
  examples: readonly FunctionExample[],
): ScalarFunction {
  return scalarFunction({
    name,
    category: 'URL',
    doc: `${doc} NULL when the text is not a valid URI.`,
    signatures: [
      {
        params: [URL_PARAM],
        returns,
        evaluate(text: string) {
          const uri = parseUri(text);
          return uri === undefined ? null : part(uri);
        },
      },
    ],
    examples,
  });
}

const decoded = (raw: string | null): string | null => (raw === null ? null : decodePercent(raw));

export const urlExtractFragment = urlPart(
  'URL_EXTRACT_FRAGMENT',
  'Returns the fragment of a URL, decoded; NULL when there is none.',
  STRING,
  (uri) => decoded(uri.fragment),
  [
    { call: "URL_EXTRACT_FRAGMENT('http://test.com#frag%20space')", gives: 'frag space' },
    { call: "URL_EXTRACT_FRAGMENT('http://test.com')", gives: null },
  ],
);

export const urlExtractHost = urlPart('URL_EXTRACT_HOST', 'Returns the host of a URL.', STRING, (uri) => uri.host, [
  { call: "URL_EXTRACT_HOST('http://user@test.com:8080/path')", gives: 'test.com' },
]);

export const urlExtractPath = urlPart(
  'URL_EXTRACT_PATH',
  'Returns the path of a URL, decoded; an empty text when it is empty.',
  STRING,
  (uri) => decoded(uri.path),
  [
    { call: "URL_EXTRACT_PATH('http://test.com/path/to#a')", gives: '/path/to' },
    { call: "URL_EXTRACT_PATH('http://test.com?query')", gives: '' },
  ],
);

export const urlExtractPort = urlPart(
  'URL_EXTRACT_PORT',
  'Returns the port of a URL; NULL when it is not given.',
  INTEGER,
  (uri) => (uri.port < 0 ? null : uri.port),
  [
    { call: "URL_EXTRACT_PORT('http://localhost:8080/path')", gives: 8080 },
    { call: "URL_EXTRACT_PORT('http://localhost/path')", gives: null },
  ],
);

export const urlExtractProtocol = urlPart(
  'URL_EXTRACT_PROTOCOL',
  'Returns the protocol of a URL; NULL when there is none.',
  STRING,
  (uri) => uri.scheme,
  [
    { call: "URL_EXTRACT_PROTOCOL('https://test.com?a=foo')", gives: 'https' },
    { call: "URL_EXTRACT_PROTOCOL('www.test.com')", gives: null },
  ],
);

export const urlExtractQuery = urlPart(
  'URL_EXTRACT_QUERY',
  'Returns the query of a URL, decoded; NULL when there is none.',
  STRING,
  (uri) => decoded(uri.query),
  [{ call: "URL_EXTRACT_QUERY('http://test.com?a=foo%20bar&b=baz')", gives: 'a=foo bar&b=baz' }],
);

function parameterOf(text: string, name: string): string | null {
  const uri = parseUri(text);
  if (uri === undefined || uri.query === null) return null;
  for (const pair of uri.query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || equals === pair.length - 1) continue;
    if (decodePercent(pair.slice(0, equals)) === name) return decodePercent(pair.slice(equals + 1));
  }
  return null;
}

export const urlExtractParameter = scalarFunction({
  name: 'URL_EXTRACT_PARAMETER',
  category: 'URL',
  doc: 'Returns the value of a parameter in the query of a URL, decoded; NULL when it is absent or empty, or when the URL is not valid.',
  signatures: [
    {
      params: [URL_PARAM, param('param', STRING, 'The name of the parameter, not encoded.')],
      returns: STRING,
      evaluate: parameterOf,
    },
  ],
  examples: [
    { call: "URL_EXTRACT_PARAMETER('http://test.com?a%20b=c%20d', 'a b')", gives: 'c d' },
    { call: "URL_EXTRACT_PARAMETER('http://test.com?a=foo&b=bar', 'c')", gives: null },
  ],
});

export const urlEncodeParam = scalarFunction({
  name: 'URL_ENCODE_PARAM',
  weight: 30,
  category: 'URL',
  doc: 'Escapes a text for use in the query of a URL (application/x-www-form-urlencoded).',
  signatures: [{ params: [param('input', STRING, 'The text.')], returns: STRING, evaluate: formEncode }],
  examples: [{ call: "URL_ENCODE_PARAM('?foo $bar')", gives: '%3Ffoo+%24bar' }],
});

export const urlDecodeParam = scalarFunction({
  name: 'URL_DECODE_PARAM',
  category: 'URL',
  doc: 'The reverse of URL_ENCODE_PARAM.',
  signatures: [{ params: [param('input', STRING, 'The escaped text.')], returns: STRING, evaluate: formDecode }],
  examples: [{ call: "URL_DECODE_PARAM('url%20encoded+text')", gives: 'url encoded text' }],
});
