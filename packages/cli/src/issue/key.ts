// The key of one issuance: new or kept, and the questions about changing its kind. Texts as Certbot's.
import { readFileSync } from 'node:fs';
import { Secret } from '@certward/base';
import type { Lineage } from '@certward/engine';
import { describeKey, type KeySpec, parsePrivateKeyPem } from '@certward/pki';
import type { OptionName } from '../args/table.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { keySpecOf } from '../settings/key.ts';
import { isSetNow, type Settings, withValues } from '../settings/settings.ts';

/** Whether the lineage keeps its key: what is typed now, else what is stored. */
export function keepsKey({ values, sources }: Settings, lineage: Lineage | undefined): boolean {
  if (sources.has('reuseKey')) return values.reuseKey;
  return lineage?.conf.params.reuse_key ?? false;
}

/**
 * The key to issue for. Throws `argumentConflict` when the key is kept although another kind of key is typed.
 */
export function issuanceKey(settings: Settings, lineage: Lineage | undefined): KeySpec | Secret {
  const { values } = settings;
  if (lineage === undefined || values.newKey || !keepsKey(settings, lineage)) return keySpecOf(values);
  const pem = readFileSync(lineage.links.privkey, 'utf8');
  checkKindKept(settings, describeKey(parsePrivateKeyPem(pem)));
  return new Secret(pem);
}

function checkKindKept(settings: Settings, kept: KeySpec): void {
  const wanted = keySpecOf(settings.values);
  const conflicts: readonly (readonly [OptionName, string, boolean])[] = [
    ['keyType', '--key-type', wanted.type !== kept.type],
    ['rsaKeySize', '--rsa-key-size', kept.type === 'rsa' && settings.values.rsaKeySize !== kept.bits],
    ['ellipticCurve', '--elliptic-curve', kept.type === 'ecdsa' && wanted.type === 'ecdsa' && wanted.curve !== kept.curve],
  ];
  const conflict = conflicts.find(([name, , differs]) => differs && isSetNow(settings, name));
  if (conflict === undefined) return;
  throw cliError(
    'argumentConflict',
    `Unable to change the ${conflict[1]} of this certificate because --reuse-key is set. To stop reusing the private key, specify --no-reuse-key. To change the private key this one time and then reuse it in future, add --new-key.`,
  );
}

/**
 * Settles which kind of key an existing lineage gets on certonly and run: without --key-type the kind that it has, with
 * it the typed one, provided that the certificate is named. A person is asked. Throws `argumentConflict`.
 */
export async function settleKeyType(settings: Settings, lineage: Lineage, { questions, signal }: Context): Promise<Settings> {
  const has = lineage.certificate.keySpec.type;
  const wants = settings.values.keyType;
  if (has === wants || (has !== 'rsa' && has !== 'ecdsa')) return settings;
  const typed = isSetNow(settings, 'keyType');
  if (typed && isSetNow(settings, 'certName')) return settings;
  const question = `An ${has.toUpperCase()} certificate named ${lineage.name} already exists. Do you want to update its key type to ${wants.toUpperCase()}?`;
  const change = questions.interactive && (await questions.yesNo(question, { yes: 'Update key type', no: 'Keep existing key type', unattended: false, signal }));
  if (change) return settings;
  if (typed && !questions.interactive) {
    throw cliError('argumentConflict', 'Please provide both --cert-name and --key-type on the command line to confirm the change you are trying to make.');
  }
  return withValues(settings, { keyType: has }, 'decided');
}
