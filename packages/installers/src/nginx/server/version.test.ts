import { silentLog } from '@certward/base';
import { describe, expect, test } from 'vitest';
import { parseVersion } from './version.ts';

const output = (version: string, { openssl = 'built with OpenSSL 3.0.2 1 Jan 2024', sni = 'TLS SNI support enabled', modules = ' --with-http_ssl_module' } = {}) =>
  `nginx version: ${version}\n${openssl}\n${sni}\nconfigure arguments: --prefix=/usr${modules} --pid-path=/run/nginx.pid\n`;

describe('nginx -V', () => {
  test.each([
    ['nginx/1.22.1', {}, { version: '1.22.1', tls13: true, ticketsCanBeOff: true, canStaple: true }],
    ['nginx/1.9.10 (Ubuntu)', {}, { version: '1.9.10', tls13: false, ticketsCanBeOff: true, canStaple: true }],
    ['nginx/1.14.0', { openssl: 'built with OpenSSL 1.0.2k 1 Jan 2017' }, { tls13: true, ticketsCanBeOff: false }],
    ['nginx/1.14.0', { openssl: 'built with OpenSSL 1.0.2k x (running with OpenSSL 1.0.2l 1 Jan 2017)' }, { openssl: '1.0.2l', ticketsCanBeOff: true }],
    ['nginx/1.14.0', { openssl: 'built with LibreSSL 3.8.2' }, { openssl: undefined, ticketsCanBeOff: false }],
    ['openresty/1.21.4.1', {}, { version: '1.21.4.1', tls13: true }],
    ['nginx/1.2.9', {}, { canStaple: false, ticketsCanBeOff: false }],
  ])('of %s says what it can', (version, more, expected) => expect(parseVersion(output(version, more), silentLog)).toMatchObject(expected));

  test.each([
    ['that is too old', output('nginx/0.8.47'), 'nginx 0.8.47 is too old: 0.8.48 is the oldest we can edit'],
    ['without TLS', output('nginx/1.22.1', { modules: '' }), 'this nginx was built without TLS (--with-http_ssl_module)'],
    ['without SNI', output('nginx/1.22.1', { sni: '' }), 'this nginx was built without server name indication (SNI)'],
    ['that is something else', 'hello', 'nginx -V does not say which version it is'],
  ])('of a server %s is refused', (_, text, message) => expect(() => parseVersion(text, silentLog)).toThrow(expect.objectContaining({ code: 'nginxUnsupported', message })));
});
