/** Recipes, versions and aliases: what exists. Every successful training makes a version, even of an artifact already there. */
import type { Selectable } from 'kysely'
import type { Clock } from '../core/clock.ts'
import { unknownName } from '../core/checks.ts'
import type { AnyTransaction, Database } from '../core/database/database.ts'
import type { MemberReference } from '../models/index.ts'
import { parseRecipe, recipeHash, type Recipe } from './recipe.ts'
import type { FitTiming, RegistryTables } from './schema.ts'

type Executor = Database<RegistryTables>['kysely']

export interface Version {
  readonly model: string
  readonly version: number
  readonly artifact: string
  readonly recipe: Recipe
  readonly runId: string
  readonly parent: number | null
  readonly trials: number
  readonly author: string
  readonly members: readonly MemberReference[]
  readonly metrics: Readonly<Record<string, number | null>>
  readonly timing: FitTiming | null
  readonly createdAt: number
  readonly aliases: readonly string[]
}

export interface NewVersion {
  readonly model: string
  readonly artifact: string
  readonly recipe: Recipe
  readonly runId: string
  readonly author: string
  readonly members: readonly MemberReference[]
  readonly metrics: Readonly<Record<string, number | null>>
  readonly timing: FitTiming
  readonly trials?: number
}

export interface AliasMove {
  readonly model: string
  readonly alias: string
  readonly version: number
  readonly by: string
  readonly reason: string
}

export class Models {
  readonly #database: Database<RegistryTables>
  readonly #clock: Clock

  constructor(database: Database<RegistryTables>, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Registers the next version of a model in the caller's transaction and answers its number. */
  async addVersion(trx: AnyTransaction, version: NewVersion): Promise<number> {
    const kysely = trx as Executor
    const recipeId = await this.#saveRecipe(kysely, version.recipe)
    const newest = await kysely
      .selectFrom('versions')
      .select('version')
      .where('model', '=', version.model)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst()
    const number = (newest?.version ?? 0) + 1
    await kysely
      .insertInto('versions')
      .values({
        model: version.model,
        version: number,
        artifact: version.artifact,
        recipe_id: recipeId,
        run_id: version.runId,
        parent: newest?.version ?? null,
        trials: version.trials ?? 1,
        author: version.author,
        members: JSON.stringify(version.members),
        metrics: JSON.stringify(version.metrics),
        timing: JSON.stringify(version.timing),
        created_at: this.#clock.now(),
      })
      .execute()
    return number
  }

  async moveAlias(trx: AnyTransaction, move: AliasMove): Promise<void> {
    const kysely = trx as Executor
    await this.#require(kysely, move.model, move.version)
    const values = {
      version: move.version,
      moved_by: move.by,
      moved_at: this.#clock.now(),
      reason: move.reason,
    }
    await kysely
      .insertInto('aliases')
      .values({ model: move.model, alias: move.alias, ...values })
      .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet(values))
      .execute()
  }

  /** `reference`: a version number, an alias, or nothing = champion, else the newest. @throws UNKNOWN_NAME */
  async resolve(model: string, reference?: string | number): Promise<Version> {
    const versions = await this.list(model)
    if (versions.length === 0) throw unknownName('model', model, await this.names())
    if (reference === undefined) {
      return versions.find((version) => version.aliases.includes('champion')) ?? versions.at(-1)!
    }
    const found = versions.find(
      (version) =>
        String(version.version) === String(reference) ||
        version.aliases.includes(String(reference)),
    )
    if (found !== undefined) return found
    const known = versions.flatMap((version) => [String(version.version), ...version.aliases])
    throw unknownName(`version of ${model}`, String(reference), known)
  }

  async names(): Promise<string[]> {
    const rows = await this.#database.kysely
      .selectFrom('versions')
      .select('model')
      .distinct()
      .orderBy('model')
      .execute()
    return rows.map((row) => row.model)
  }

  /** Versions, oldest first, of one model or of all. */
  async list(model?: string): Promise<Version[]> {
    let query = this.#database.kysely
      .selectFrom('versions')
      .innerJoin('recipes', 'recipes.id', 'versions.recipe_id')
      .selectAll('versions')
      .select('recipes.body')
      .orderBy('versions.model')
      .orderBy('versions.version')
    if (model !== undefined) query = query.where('versions.model', '=', model)
    const rows = await query.execute()
    const aliases = await this.#database.kysely
      .selectFrom('aliases')
      .selectAll()
      .orderBy('alias')
      .execute()
    return rows.map((row) => toVersion(row, aliases))
  }

  /** Versions whose artifact this is. */
  async byArtifact(artifact: string): Promise<Version[]> {
    return (await this.list()).filter((version) => version.artifact === artifact)
  }

  /** The recipe of a model's newest version, complete with the defaults of keys younger than it. @throws UNKNOWN_NAME */
  async newestRecipe(model: string): Promise<Recipe> {
    const versions = await this.list(model)
    const newest = versions.at(-1)
    if (newest === undefined) throw unknownName('model', model, await this.names())
    return parseRecipe(newest.recipe)
  }

  async #saveRecipe(kysely: Executor, recipe: Recipe): Promise<number> {
    const hash = recipeHash(recipe)
    await kysely
      .insertInto('recipes')
      .values({
        model: recipe.model,
        hash,
        body: JSON.stringify(recipe),
        created_at: this.#clock.now(),
      })
      .onConflict((conflict) => conflict.columns(['model', 'hash']).doNothing())
      .execute()
    const row = await kysely
      .selectFrom('recipes')
      .select('id')
      .where('model', '=', recipe.model)
      .where('hash', '=', hash)
      .executeTakeFirstOrThrow()
    return row.id
  }

  async #require(kysely: Executor, model: string, version: number): Promise<void> {
    const rows = await kysely
      .selectFrom('versions')
      .select('version')
      .where('model', '=', model)
      .execute()
    if (rows.length === 0) throw unknownName('model', model, await this.names())
    if (!rows.some((row) => row.version === version)) {
      throw unknownName(
        `version of ${model}`,
        String(version),
        rows.map((row) => String(row.version)),
      )
    }
  }
}

function toVersion(
  row: Selectable<RegistryTables['versions']> & { body: Recipe },
  aliases: readonly Selectable<RegistryTables['aliases']>[],
): Version {
  return {
    model: row.model,
    version: row.version,
    artifact: row.artifact,
    recipe: row.body,
    runId: row.run_id,
    parent: row.parent,
    trials: row.trials,
    author: row.author,
    members: row.members,
    metrics: row.metrics,
    timing: row.timing,
    createdAt: row.created_at,
    aliases: aliases
      .filter((alias) => alias.model === row.model && alias.version === row.version)
      .map((alias) => alias.alias),
  }
}
