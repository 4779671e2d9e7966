// How a word that is no option of ours is named in an error: whole, unless its value may be a credential. Errors of a timer end
// up in mails and journals, and the mistyped option may have been the one that takes a key.

const credentialNames = /key|secret|pass|token|hmac|eab/i;

/** The words, values of what looks like an option for a credential left out. */
export function withoutCredentials(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const name = optionName(word);
    if (name !== undefined) return [isForCredentials(name) ? name : word];
    const before = optionName(words[index - 1] ?? '');
    return before !== undefined && isForCredentials(before) ? [] : [word];
  });
}

/** Whether an option of that name, ours or not, may take a credential. */
function isForCredentials(name: string): boolean {
  return credentialNames.test(name);
}

function optionName(word: string): string | undefined {
  return /^-[^=]+/.exec(word)?.[0];
}
