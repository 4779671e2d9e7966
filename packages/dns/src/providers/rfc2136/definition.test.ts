import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseRfc2136Credentials, rfc2136 } from './definition.ts';

const secret = Buffer.alloc(16, 5).toString('base64');
const complete = { dns_rfc2136_server: '192.0.2.1', dns_rfc2136_name: 'keyname.', dns_rfc2136_secret: secret };
const parse = (values: Readonly<Record<string, string>>) => parseRfc2136Credentials(new Map(Object.entries(values)));

describe('parseRfc2136Credentials', () => {
  test('fills in what Certbot does', () => {
    expect(parse(complete)).toMatchObject({ server: { host: '192.0.2.1', port: 53 }, key: { name: 'keyname', algorithm: 'hmac-md5' }, signQueries: false });
  });

  test.each([
    [{ dns_rfc2136_port: '5353' }, { server: { host: '192.0.2.1', port: 5353 } }],
    [{ dns_rfc2136_server: '2001:db8::1', dns_rfc2136_port: '5353' }, { server: { host: '2001:db8::1', port: 5353 } }],
    [{ dns_rfc2136_server: '[2001:db8::1]:54' }, { server: { host: '2001:db8::1', port: 54 } }],
    [{ dns_rfc2136_server: 'ns1.example.org:54' }, { server: { host: 'ns1.example.org', port: 54 } }],
    [{ dns_rfc2136_algorithm: 'HMAC-SHA512' }, { key: { algorithm: 'hmac-sha512' } }],
    [{ dns_rfc2136_algorithm: 'hmac-md5.sig-alg.reg.int.' }, { key: { algorithm: 'hmac-md5' } }],
    [{ dns_rfc2136_sign_query: 'True' }, { signQueries: true }],
    [{ dns_cloudflare_api_token: 'foreign' }, { signQueries: false }],
  ])('reads %j', (values, expected) => {
    expect(parse({ ...complete, ...values })).toMatchObject(expected);
  });

  test('takes a secret that its generator broke in two', () => {
    const { key } = parse({ ...complete, dns_rfc2136_secret: `${secret.slice(0, 8)} ${secret.slice(8)}` });
    expect(Buffer.from(key.secret.reveal())).toEqual(Buffer.alloc(16, 5));
  });

  test('names all missing properties at once', () => {
    expect(() => parse({ dns_rfc2136_server: '192.0.2.1', dns_rfc2136_name: ' ' })).toThrowError(
      expect.objectContaining({
        code: 'credentialsMissing',
        message: 'missing properties in the credentials: property "dns_rfc2136_name" not found (should be the TSIG key name), property "dns_rfc2136_secret" not found (should be the TSIG key secret)',
      }) as Error,
    );
  });

  test.each([
    [{ dns_rfc2136_server: 'not a server' }, '"not a server" is not the address of a DNS server'],
    [{ dns_rfc2136_port: '0' }, '"0" is not a port'],
    [{ dns_rfc2136_port: '53x' }, '"53x" is not a port'],
    [{ dns_rfc2136_name: 'a key' }, '"a key" is not a key name'],
    [{ dns_rfc2136_algorithm: 'HMAC-SHA3' }, '"HMAC-SHA3" is not a TSIG algorithm'],
    [{ dns_rfc2136_sign_query: 'perhaps' }, '"perhaps" is neither true nor false'],
  ])('refuses %j', (values, message) => {
    expect(() => parse({ ...complete, ...values })).toThrowError(expect.objectContaining({ code: 'credentialsInvalid', message, hint: expect.stringContaining('correct dns_rfc2136_') as string }) as Error);
  });

  test('refuses a secret that is not base64 without showing it', () => {
    const error: unknown = (() => {
      try {
        return parse({ ...complete, dns_rfc2136_secret: 'my!secret' });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'credentialsInvalid', message: 'the TSIG secret is not base64' });
    expect(inspect(error)).not.toContain('my!secret');
  });

  test('shows no secret', () => {
    expect(`${inspect(parse(complete), { depth: 9 })}${JSON.stringify(parse(complete))}`).not.toContain(secret);
    expect(rfc2136.credentials.filter((field) => field.secret).map(({ key }) => key)).toEqual(['secret']);
  });
});
