// Time without a clock: how many characters string operations look at while something runs.

const watched = ['indexOf', 'startsWith', 'includes', 'slice', 'split', 'replaceAll', 'replace', 'trim'] as const;

/** Runs `work` and adds up, over all searches and copies of strings in it, the characters they can have looked at. */
export function countCharacters(work: () => void): number {
  const prototype = String.prototype as unknown as Record<string, (this: string, ...args: unknown[]) => unknown>;
  const originals = watched.map((name) => [name, prototype[name]] as const);
  const { test } = RegExp.prototype;
  let characters = 0;
  for (const [name, original] of originals) {
    prototype[name] = function (...args) {
      const result = original?.apply(this, args);
      characters += cost(name, this, args, result);
      return result;
    };
  }
  RegExp.prototype.test = function (text) {
    characters += text.length;
    return test.call(this, text);
  };
  try {
    work();
  } finally {
    for (const [name, original] of originals) if (original !== undefined) prototype[name] = original;
    RegExp.prototype.test = test;
  }
  return characters;
}

function cost(name: (typeof watched)[number], text: string, args: readonly unknown[], result: unknown): number {
  if (name === 'indexOf') return (result === -1 ? text.length : Number(result)) - Number(args[1] ?? 0);
  if (name === 'startsWith') return String(args[0]).length;
  return typeof result === 'string' && name === 'slice' ? result.length : text.length;
}
