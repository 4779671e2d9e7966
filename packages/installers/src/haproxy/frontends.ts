// Which sections serve a name. HAProxy has no server names: rules that compare the Host header or SNI say it, otherwise
// every section that could serve it does.
import { bindsOf, type Bind, listeningSections, modeOf } from './binds.ts';
import type { HaproxyDocument, Section } from './document.ts';
import { mentionedNames } from './hosts.ts';
import type { Workspace } from './workspace.ts';

/** A frontend or listen section with its binds. */
export interface Frontend {
  readonly path: string;
  readonly document: HaproxyDocument;
  readonly section: Section;
  readonly binds: readonly Bind[];
  readonly mode: string;
  readonly names: ReadonlySet<string>;
}

/** All sections that clients connect to. Line numbers are those of the documents as they are now: look again after an edit. */
export function readFrontends(workspace: Workspace): readonly Frontend[] {
  return workspace.configPaths.flatMap((path) => {
    const document = workspace.document(path);
    return listeningSections(document).map((section) => ({
      path,
      document,
      section,
      binds: bindsOf(document, section),
      mode: modeOf(document, section),
      names: mentionedNames(document, section),
    }));
  });
}

/** Those of `frontends` whose rules mention the name; all of them where none does. */
export function frontendsFor(frontends: readonly Frontend[], name: string): readonly Frontend[] {
  const mentioning = frontends.filter(({ names }) => names.has(name) || names.has(parentWildcard(name)));
  return mentioning.length > 0 ? mentioning : frontends;
}

function parentWildcard(name: string): string {
  return `*.${name.slice(name.indexOf('.') + 1)}`;
}
