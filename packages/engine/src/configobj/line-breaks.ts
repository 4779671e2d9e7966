// Where the dialect ends a line: CR and LF, and the separators at which Python splits text as well.

/** The separators, as the inside of a character class. */
const separators = String.raw`\n\r\v\f\u001c-\u001e\u0085\u2028\u2029`;

/** Any line separator. */
export const lineBreak = new RegExp(`[${separators}]`);

/** A separator at the end of a text. */
export const endsWithLineBreak = new RegExp(`[${separators}]$`);

/** One line with its separator; sticky, for walking through a text. */
export const lineWithBreak = new RegExp(`[^${separators}]*(?:\\r\\n|[${separators}]|$)`, 'y');

/** A separator other than LF. Texts without one can be cut at LF alone, which is much faster. */
export const unusualLineBreak = new RegExp(`[${separators.replace(String.raw`\n`, '')}]`);
