import { urlLogin, type UrlLogin } from '../internal/url-login.ts';

/** An MQTT server in the form that the client expects. */
export interface MqttAddress extends UrlLogin {
  /** With a scheme that the client knows, without any login. */
  readonly url: string;
  readonly secure: boolean;
}

const SCHEMES: Readonly<Record<string, string>> = {
  tcp: 'mqtt',
  mqtt: 'mqtt',
  ssl: 'mqtts',
  tls: 'mqtts',
  mqtts: 'mqtts',
  ws: 'ws',
  wss: 'wss',
};
const FORMS = 'mqtt://host:1883, mqtts://host:8883 with TLS, ws:// or wss:// over WebSocket';

/** Parses an address, also in Eclipse Paho's form (`tcp`, `ssl`); a text describes the problem. */
export function parseAddress(text: string): MqttAddress | string {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return `'${text}' is no URL: ${FORMS}`;
  }
  const scheme = SCHEMES[url.protocol.slice(0, -1)];
  if (scheme === undefined || url.hostname === '') return `'${text}' is no address of an MQTT server: ${FORMS}`;
  const port = url.port === '' ? { mqtt: ':1883', mqtts: ':8883' }[scheme] : `:${url.port}`;
  const path = scheme.startsWith('ws') ? `${url.pathname}${url.search}` : '';
  const login = urlLogin(url);
  if (typeof login === 'string') return `'${text.replace(/\/\/[^@/]*@/, '//')}': ${login}`;
  return {
    url: `${scheme}://${url.hostname}${port ?? ''}${path}`,
    secure: scheme === 'mqtts' || scheme === 'wss',
    ...login,
  };
}

/** The addresses in a list, of which the first that answers is used; a text describes the problem. */
export function parseAddresses(texts: readonly string[]): readonly MqttAddress[] | string {
  const addresses: MqttAddress[] = [];
  for (const text of texts) {
    if (text.trim() === '') continue;
    const address = parseAddress(text);
    if (typeof address === 'string') return address;
    addresses.push(address);
  }
  return addresses.length === 0 ? `there is no address: ${FORMS}` : addresses;
}
