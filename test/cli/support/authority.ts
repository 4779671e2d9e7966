// A certificate authority for process tests: the embedded one, in the test's own process, validating on loopback.
import { type RunningCa, startCa, type StartCaOptions } from '@certward/ca';
import { freePorts } from '@certward/testing';
import { createSandbox, type Sandbox } from './sandbox.ts';

/** An authority and the ports on which it validates. */
export interface TestAuthority extends AsyncDisposable {
  readonly ca: RunningCa;
  readonly directoryUrl: string;
  readonly httpPort: number;
  readonly tlsPort: number;
}

/** Starts one. Every name resolves to this machine. */
export async function startAuthority(options: StartCaOptions = {}): Promise<TestAuthority> {
  const [httpPort = 0, tlsPort = 0] = await freePorts(2);
  const ca = await startCa({ ...options, validation: { httpPort, tlsPort, hosts: { '*': ['127.0.0.1'] }, ...options.validation } });
  return { ca, directoryUrl: ca.directoryUrl, httpPort, tlsPort, [Symbol.asyncDispose]: () => ca[Symbol.asyncDispose]() };
}

/** A sandbox whose commands trust the authority. */
export async function sandboxFor(authority: TestAuthority, env: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const sandbox = await createSandbox(env);
  const root = sandbox.write('root.pem', authority.ca.rootsPem);
  return { ...sandbox, ...bind(sandbox, { REQUESTS_CA_BUNDLE: root, ...env }) };
}

function bind(sandbox: Sandbox, env: Readonly<Record<string, string>>): Pick<Sandbox, 'run' | 'json' | 'certbot'> {
  return {
    run: (args, options = {}) => sandbox.run(args, { ...options, env: { ...env, ...options.env } }),
    json: (args, options = {}) => sandbox.json(args, { ...options, env: { ...env, ...options.env } }),
    certbot: (args, options = {}) => sandbox.certbot(args, { ...options, env: { ...env, ...options.env } }),
  };
}

/** The arguments of an unattended standalone issuance. */
export function standalone(authority: TestAuthority, ...names: readonly string[]): readonly string[] {
  return [
    'certonly', '-n', '--agree-tos', '--standalone', '--http-01-port', String(authority.httpPort), '--http-01-address', '127.0.0.1',
    '--server', authority.directoryUrl, ...names.flatMap((name) => ['-d', name]),
  ];
}
