// The dialogue of the manual authenticator: what to put where, and Enter when it is there.
import type { ManualInstruction, ManualPrompt } from '@certward/engine';
import type { Context } from '../context.ts';
import { frameLine } from '../terminal/terminal.ts';

/** A prompt over the terminal; `undefined` where nobody can answer. */
export function createManualPrompt({ terminal, questions }: Pick<Context, 'terminal' | 'questions'>): ManualPrompt | undefined {
  if (!questions.interactive) return undefined;
  return {
    async show(instruction, { signal }) {
      const lines = instruction.url === undefined ? recordLines(instruction) : fileLines(instruction, instruction.url);
      terminal.question(`\n${frameLine}\n${lines.join('\n')}\n${frameLine}\n`);
      await questions.pause('Press Enter to Continue', { signal });
    },
  };
}

function fileLines({ challenge, position }: ManualInstruction, url: string): readonly string[] {
  return [
    'Create a file containing just this data:',
    '',
    challenge.validation,
    '',
    'And make it available on your web server at this URL:',
    '',
    url,
    '',
    ...(position > 0 ? ['(This must be set up in addition to the previous challenges; do not remove,', 'replace, or undo the previous challenge tasks yet.)', ''] : []),
  ];
}

function recordLines({ challenge, sharesRecordName, position, remaining }: ManualInstruction): readonly string[] {
  const after = remaining > 0 ? [] : ['Before continuing, verify that the record is visible at every name server of the', 'zone: the CA may ask any of them.', ''];
  const beside = sharesRecordName
    ? ['(This must be set up in addition to the previous challenges; do not remove,', 'replace, or undo the previous challenge tasks yet. A DNS name can have several', 'TXT records.)', '']
    : position > 0
      ? ['(The records of the previous challenges must stay.)', '']
      : [];
  return ['Please deploy a DNS TXT record under the name:', '', `${challenge.recordName}.`, '', 'with the following value:', '', challenge.validation, '', ...beside, ...after];
}
