// Clients of a test's Apache: what certificate it serves for a name, and what it answers.
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect } from 'node:tls';

/** An answer over http or https. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The DER of the certificate that the server shows for `name`, in hex. */
export function servedCertificate(port: number, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: name, rejectUnauthorized: false }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.end();
      resolve(raw.toString('hex'));
    });
    socket.once('error', reject);
  });
}

/** A GET for `name`. */
export function get(port: number, name: string, { path = '/', tls = false }: { readonly path?: string; readonly tls?: boolean } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path, headers: { host: name }, agent: false };
    const call = tls ? requestTls({ ...options, servername: name, rejectUnauthorized: false }) : request(options);
    call.once('error', reject).once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text)).once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    call.end();
  });
}
