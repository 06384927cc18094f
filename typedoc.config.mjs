/** One site for all packages, in docs/api; an export without a comment fails `pnpm docs`. */
import { publicPackages } from './.repo/packages.mjs'

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'worldswitch',
  entryPointStrategy: 'packages',
  entryPoints: publicPackages().map(({ folder }) => folder),
  out: 'docs/api',
  readme: 'README.md',
  projectDocuments: ['docs/*.md', 'docs/*/*.md'],
  includeVersion: false,
  disableGit: true,
  sourceLinkTemplate: '{path}',
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: true },
  packageOptions: {
    includeVersion: false,
    entryPoints: ['src/index.ts'],
    tsconfig: 'tsconfig.json',
    excludeInternal: true,
    excludePrivate: true,
    disableGit: true,
    sourceLinkTemplate: '{path}',
    validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: true },
    requiredToBeDocumented: ['Variable', 'Function', 'Class', 'Interface', 'TypeAlias'],
  },
}
