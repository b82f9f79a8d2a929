/**
 * Decides by name which settings hold secrets, for names that no table knows: settings of a converter or of a plugin
 * that Connect does not describe, parameters of a URL, members of JSON, headers.
 */

/** Words that indicate a secret anywhere inside a word: `sslpassword`, `clientsecret`. */
const PART = /passw(?:or)?d|passphrase|secret|credential|pwd|jaas|apikey|accesskey|privatekey|keyfile|accountkey/;

/** Words that indicate a secret only as a whole word. */
const WHOLE =
  /^(?:(?:user|db|key|store|trust|my|admin|login|proxy|ssl)?pass|\w*tokens?|sas|sig|signature|cookies?|userinfo)$/;

/** Neighbouring words, joined by dots, that indicate a secret together; a header `X-Key`, `X-Shop-Key`. */
const TOGETHER =
  /(?:^|\.)(?:user\.info|(?:api|access|private|account|shared|encryption|signing|master|keystore|client|security|subscription|functions?|ssl|tls)\.keys?)(?:\.|$)|^x(?:\.[a-z0-9]+)*\.key$/;

/** Authentication as such: its settings are secret unless the last word says otherwise. */
const AUTHENTICATION = /(?:^|\.)(?:o?auth|authn|authorization|authentication)(?:\.|$)/;

/** Last words of settings that describe a secret: where it comes from, its kind, its lifetime. */
const ABOUT = new Set(
  (
    'url urls uri uris endpoint host hostname port path location file dir directory class type method mode scheme mechanism mechanisms provider ' +
    'source algorithm format name names user username enable enabled disable disabled required ms seconds minutes interval timeout retries ' +
    'iterations size bytes length max min count policy version topic topics field fields column columns pattern regex jitter factor window ttl ' +
    'through cache claim claims role roles scope scopes audience issuer realm'
  ).split(' '),
);

/**
 * Whether a setting, parameter, header or member of this name holds a secret. Case, separators (`.`, `-`, `_`) and
 * camel case do not matter.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1.$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (words.length === 0 || (words.length > 1 && ABOUT.has(words.at(-1)!))) return false;
  const joined = words.join('.');
  return (
    words.some((word) => PART.test(word) || WHOLE.test(word)) || TOGETHER.test(joined) || AUTHENTICATION.test(joined)
  );
}

/**
 * Parameters of a URL that hold a secret though the same name elsewhere does not: `?key=` of Google's APIs, `?code=` of
 * Azure's functions, `?appid=` of OpenWeather.
 */
const PARAMETER =
  /^(?:(?:auth|app|user|license|licence|server|write|read|site|project|service|webhook|hub|rest)?key|auth|code|appid|hmac|jwt|otp|session(?:id)?|jsessionid|phpsessid|ticket|sign)$/;

/** Whether a parameter after the `?` of a URL holds a secret. */
export function isSecretParameter(name: string): boolean {
  return isSecretName(name) || PARAMETER.test(name.toLowerCase().replaceAll(/[^a-z0-9]+/g, ''));
}
