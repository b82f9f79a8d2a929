import { ADDRESSES, FULL_NAMES } from './people.ts';
import { matching, of, record, text, whole, type Quickstart } from './schema-words.ts';

/** Devices and their logs. */
export const SECURITY: Readonly<Record<string, Quickstart>> = {
  device_information: {
    keyField: 'device_ip',
    schema: record('device_information', {
      device_ip: text(...ADDRESSES),
      mac_address: matching('[0-9A-F]{2}(:[0-9A-F]{2}){5}'),
      owner: text(...FULL_NAMES),
    }),
  },
  siem_logs: {
    keyField: 'hostname',
    schema: record('siem_logs', {
      hostname: matching('host-[1-9][0-9]?'),
      timestamp: of('long', { range: { min: 1_609_459_200_000, max: 1_640_995_199_000 } }),
      source_ip: text(...ADDRESSES),
      event: text('logon', 'logoff', 'logon_failed', 'port_scan', 'privilege_change', 'malware_found'),
      severity: whole(0, 8),
      message: text(
        'Logon successful',
        'Logon failed',
        'Session closed',
        'Connection refused',
        'A service was stopped',
        'A rule was changed',
      ),
    }),
  },
  syslog_logs: {
    keyField: 'host',
    schema: record('syslog_logs', {
      name: matching('[a-zA-Z]{5,8}'),
      type: text('RFC5424', 'RFC3164', 'CEF', 'UNKNOWN'),
      message: matching('[a-z ]{10,15}'),
      host: text(...ADDRESSES.slice(0, 10)),
      version: text('3.25.1'),
      tag: text('.source.s_src'),
      level: whole(0, 191),
      facility: text('syslog', 'authpriv', 'cron'),
      severity: whole(0, 8),
      appName: matching('[A-Z]{5,8}'),
      remoteAddress: text(...ADDRESSES.slice(10, 20)),
      rawMessage: matching('[a-z ]{10,15}'),
      processId: matching('[1-9][0-9]{6}'),
      messageId: matching('[1-9][0-9]{2}'),
      deviceVendor: matching('[a-z]{5}'),
      deviceProduct: matching('[a-z]{5}'),
      deviceVersion: text('1.0', '2.0', '3.0', '4.0', '5.0'),
      timestamp: of('long', { range: { min: 1_609_459_200_000, max: 1_640_995_199_000 } }),
    }),
  },
};
