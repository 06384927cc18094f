/** One site for all packages, in docs/api; an export without a comment fails `pnpm run docs`. */
import { publicPackages } from './.repo/packages.mjs'
import { entryPoints } from './.repo/typedoc-packages.mjs'

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'worldswitch',
  plugin: ['./.repo/typedoc-packages.mjs'],
  entryPoints: entryPoints().map(({ source }) => source),
  tsconfig: 'tsconfig.json',
  // `pnpm typecheck` does that.
  skipErrorChecking: true,
  out: 'docs/api',
  readme: 'README.md',
  projectDocuments: ['docs/*.md', 'docs/!(api)/*.md'],
  highlightLanguages: ['typescript', 'javascript', 'bash', 'json', 'markdown', 'c', 'asm'],
  disableGit: true,
  sourceLinkTemplate: '{path}',
  excludeInternal: true,
  excludePrivate: true,
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: true },
  // Functions bring methods with them; properties may speak for themselves.
  packagesRequiringDocumentation: publicPackages().map(({ manifest }) => manifest.name),
  requiredToBeDocumented: ['Module', 'Variable', 'Function', 'Class', 'Interface', 'TypeAlias'],
}
