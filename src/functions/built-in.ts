import type { FunctionDefinition } from './api.ts';
import { attr } from './aggregate/attr.ts';
import { avg } from './aggregate/avg.ts';
import { earliestByOffset, latestByOffset } from './aggregate/by-offset.ts';
import { collectList, collectSet } from './aggregate/collect.ts';
import { correlation } from './aggregate/correlation.ts';
import { countDistinct } from './aggregate/count-distinct.ts';
import { count } from './aggregate/count.ts';
import { histogram } from './aggregate/histogram.ts';
import { max, min } from './aggregate/min-max.ts';
import { stddevPop, stddevSamp, stddevSample } from './aggregate/standard-deviation.ts';
import { sumList } from './aggregate/sum-list.ts';
import { sum } from './aggregate/sum.ts';
import { topk, topkDistinct } from './aggregate/topk.ts';
import { createRegistry, type FunctionRegistry } from './registry.ts';
import { arrayJoin } from './scalar/array/array-join.ts';
import { arrayConcat, arrayContains, arrayLength, arrayRemove, slice } from './scalar/array/elements.ts';
import { generateSeries } from './scalar/array/generate-series.ts';
import { arrayMax, arrayMin, arraySort } from './scalar/array/order.ts';
import { arrayDistinct, arrayExcept, arrayIntersect, arrayUnion } from './scalar/array/set-functions.ts';
import { bigintFromBytes, doubleFromBytes, intFromBytes } from './scalar/bytes/number-from-bytes.ts';
import { encode, fromBytes, toBytes } from './scalar/bytes/to-from-bytes.ts';
import { coalesce, ifnull } from './scalar/conditional/coalesce.ts';
import { nullif } from './scalar/conditional/nullif.ts';
import { extractJsonField } from './scalar/json/extract-json-field.ts';
import { jsonArrayContains } from './scalar/json/json-array-contains.ts';
import {
  isJsonString,
  jsonArrayLength,
  jsonConcat,
  jsonItems,
  jsonKeys,
  jsonRecords,
} from './scalar/json/json-functions.ts';
import { toJsonString } from './scalar/json/to-json-string.ts';
import { filter } from './scalar/lambda/filter.ts';
import { reduce } from './scalar/lambda/reduce.ts';
import { transform } from './scalar/lambda/transform.ts';
import { asMap, entries, mapKeys, mapUnion, mapValues } from './scalar/map/map-functions.ts';
import { abs } from './scalar/math/abs.ts';
import { ceil, floor } from './scalar/math/ceil-floor.ts';
import { cbrt, exp, ln, log, power, sqrt } from './scalar/math/exponential.ts';
import { geoDistance } from './scalar/math/geo-distance.ts';
import { greatest, least } from './scalar/math/greatest-least.ts';
import { random } from './scalar/math/random.ts';
import { round, trunc } from './scalar/math/round-trunc.ts';
import { sign } from './scalar/math/sign.ts';
import {
  acos,
  asin,
  atan,
  atan2,
  cos,
  cosh,
  cot,
  degrees,
  pi,
  radians,
  sin,
  sinh,
  tan,
  tanh,
} from './scalar/math/trigonometric.ts';
import { asValue } from './scalar/other/as-value.ts';
import { regexpExtract, regexpExtractAll, regexpReplace, regexpSplitToArray } from './scalar/regex/regexp.ts';
import { initcap, lcase, ucase } from './scalar/string/case.ts';
import { chr } from './scalar/string/chr.ts';
import { concat, concatWs } from './scalar/string/concat.ts';
import { elt, field } from './scalar/string/elt-field.ts';
import { instr } from './scalar/string/instr.ts';
import { len } from './scalar/string/len.ts';
import { mask, maskKeepLeft, maskKeepRight, maskLeft, maskRight } from './scalar/string/mask.ts';
import { md5 } from './scalar/string/md5.ts';
import { lpad, rpad } from './scalar/string/pad.ts';
import { replace } from './scalar/string/replace.ts';
import { splitToMapFunction } from './scalar/string/split-to-map.ts';
import { split } from './scalar/string/split.ts';
import { substring } from './scalar/string/substring.ts';
import { trim } from './scalar/string/trim.ts';
import { uuid } from './scalar/string/uuid.ts';
import { dateadd, datesub, timeadd, timestampadd, timestampsub, timesub } from './scalar/time/add-sub.ts';
import { convertTz } from './scalar/time/convert-tz.ts';
import { dateToString, formatDate, formatTime, formatTimestamp, timestampToString } from './scalar/time/format.ts';
import { parseDate, parseTime, parseTimestamp, stringToDate, stringToTimestamp } from './scalar/time/parse.ts';
import { fromDays, fromUnixtime, unixDate, unixTimestamp } from './scalar/time/unix.ts';
import {
  urlDecodeParam,
  urlEncodeParam,
  urlExtractFragment,
  urlExtractHost,
  urlExtractParameter,
  urlExtractPath,
  urlExtractPort,
  urlExtractProtocol,
  urlExtractQuery,
} from './scalar/url/url-functions.ts';
import { cubeExplode } from './table/cube-explode.ts';
import { explode } from './table/explode.ts';

/** All built-in functions, listed individually. */
export const BUILT_IN: readonly FunctionDefinition[] = [
  // math
  abs,
  acos,
  asin,
  atan,
  atan2,
  cbrt,
  ceil,
  cos,
  cosh,
  cot,
  degrees,
  exp,
  floor,
  geoDistance,
  greatest,
  least,
  ln,
  log,
  pi,
  power,
  radians,
  random,
  round,
  sign,
  sin,
  sinh,
  sqrt,
  tan,
  tanh,
  trunc,
  // strings and bytes
  bigintFromBytes,
  chr,
  concat,
  concatWs,
  doubleFromBytes,
  elt,
  encode,
  field,
  fromBytes,
  initcap,
  instr,
  intFromBytes,
  lcase,
  len,
  lpad,
  mask,
  maskKeepLeft,
  maskKeepRight,
  maskLeft,
  maskRight,
  md5,
  replace,
  rpad,
  split,
  splitToMapFunction,
  substring,
  toBytes,
  trim,
  ucase,
  uuid,
  regexpExtract,
  regexpExtractAll,
  regexpReplace,
  regexpSplitToArray,
  // conditions
  asValue,
  coalesce,
  ifnull,
  nullif,
  // dates and times
  convertTz,
  dateToString,
  dateadd,
  datesub,
  formatDate,
  formatTime,
  formatTimestamp,
  fromDays,
  fromUnixtime,
  parseDate,
  parseTime,
  parseTimestamp,
  stringToDate,
  stringToTimestamp,
  timeadd,
  timestampToString,
  timestampadd,
  timestampsub,
  timesub,
  unixDate,
  unixTimestamp,
  // URLs
  urlDecodeParam,
  urlEncodeParam,
  urlExtractFragment,
  urlExtractHost,
  urlExtractParameter,
  urlExtractPath,
  urlExtractPort,
  urlExtractProtocol,
  urlExtractQuery,
  // JSON
  extractJsonField,
  isJsonString,
  jsonArrayContains,
  jsonArrayLength,
  jsonConcat,
  jsonItems,
  jsonKeys,
  jsonRecords,
  toJsonString,
  // arrays, maps, lambdas
  arrayConcat,
  arrayContains,
  arrayDistinct,
  arrayExcept,
  arrayIntersect,
  arrayJoin,
  arrayLength,
  arrayMax,
  arrayMin,
  arrayRemove,
  arraySort,
  arrayUnion,
  generateSeries,
  slice,
  asMap,
  entries,
  mapKeys,
  mapUnion,
  mapValues,
  filter,
  reduce,
  transform,
  // aggregates
  attr,
  avg,
  collectList,
  collectSet,
  correlation,
  count,
  countDistinct,
  earliestByOffset,
  histogram,
  latestByOffset,
  max,
  min,
  stddevPop,
  stddevSamp,
  stddevSample,
  sum,
  sumList,
  topk,
  topkDistinct,
  // table functions
  cubeExplode,
  explode,
];

/** The registry of only the built-in functions. */
export const BUILT_IN_REGISTRY: FunctionRegistry = createRegistry(BUILT_IN);
