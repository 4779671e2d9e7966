// For which names of a certificate a web server is edited: those typed with -d, all of them, or the answer to a question.
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { requestedIdentifiers } from '../settings/names.ts';
import type { InstallableCertificate } from './certificate.ts';

/** The names. Throws `certificateMismatch` for a typed name that the certificate does not have. */
export function typedNames({ names }: InstallableCertificate, { arguments: { values } }: Context): readonly string[] {
  const typed = requestedIdentifiers(values).map(({ value }) => value);
  const foreign = typed.filter((name) => !names.some((known) => known === name || covers(known, name)));
  if (foreign.length === 0) return typed;
  throw cliError('certificateMismatch', `the certificate is not for ${foreign.map((name) => `"${name}"`).join(', ')}`, { hint: `it is for ${names.join(', ')}` });
}

/** The typed names, else all. */
export function namesForServer(certificate: InstallableCertificate, context: Context): readonly string[] {
  const typed = typedNames(certificate, context);
  return typed.length > 0 ? typed : certificate.names;
}

/** Whether a wildcard name stands for the other. */
function covers(wildcard: string, name: string): boolean {
  return wildcard.startsWith('*.') && name.slice(name.indexOf('.')) === wildcard.slice(1);
}
