/** TypeDoc plugin: modules are named as they are imported, and begin with their package's README. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Comment, Converter, MinimalSourceFile } from 'typedoc'
import { publicPackages, root } from './packages.mjs'

/** Every public entry point: the name that it is imported by, and its source. */
export const entryPoints = () =>
  publicPackages().flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => target['@worldswitch/source'] !== undefined)
      .map(([subpath, target]) => ({
        name: path.posix.join(manifest.name, subpath),
        source: path.posix.join(folder, target['@worldswitch/source']),
        readme: subpath === '.' ? `${folder}/README.md` : undefined,
      })),
  )

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project, converter }) => {
    for (const { name, source, readme } of entryPoints()) {
      const module = project.children?.find(
        (child) => child.sources?.[0]?.fullFileName === path.join(root, source),
      )
      if (module === undefined) throw new Error(`${source} was not converted`)
      module.name = name
      if (readme === undefined) continue
      const file = path.join(root, readme)
      if (!existsSync(file)) {
        app.logger.error(`${readme} is missing`)
        continue
      }
      // Links to the README lead to the module's page.
      project.files.registerReflectionPath(file, module)
      const text = readFileSync(file, 'utf8').replace(/^# .*\n/, '')
      const { content } = converter.parseRawComment(new MinimalSourceFile(text, file), project.files)
      module.comment ??= new Comment()
      module.comment.summary.push({ kind: 'text', text: '\n\n' }, ...content)
    }
  })
}
