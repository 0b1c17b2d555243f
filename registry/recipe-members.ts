/** What a recipe trains: one model, or an ensemble of members, of seeds, or of the seeds of members. */
import { z } from 'zod'

export const modelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'letters, digits, _ . - (100 at most)')

/** More members of one kind than this say nothing new. */
export const maxSeeds = 100

interface Composition {
  readonly model: string
  readonly members?: readonly { readonly model: string }[] | undefined
  readonly seeds: number
}

/** Whether the members are registered as models of their own, and the recipe's model is their ensemble. */
export function isEnsemble({ members, seeds }: Composition): boolean {
  return members !== undefined || seeds > 1
}

/** Name of the k-th seed's model, from 1. */
export function seedName(model: string, k: number): string {
  return `${model}-s${k}`
}

/** Names of the models that are fitted: the recipe's own, its members', or those of each of their seeds. */
export function memberNames({ model, members = [{ model }], seeds }: Composition): string[] {
  if (seeds === 1) return members.map((one) => one.model)
  return members.flatMap((one) =>
    Array.from({ length: seeds }, (_, k) => seedName(one.model, k + 1)),
  )
}

/** What is wrong between the members, the quorum and the weights: the key, and what it must be instead. */
export function memberFaults(
  recipe: Composition & {
    readonly quorum?: number | undefined
    readonly weights: string | Readonly<Record<string, number>>
  },
): [key: string, expected: string][] {
  const { model, quorum = 1, weights } = recipe
  const names = memberNames(recipe)
  const faults: [string, string][] = []
  if (isEnsemble(recipe)) {
    const nameless = names.find((name) => !modelName.safeParse(name).success)
    if (new Set(names).size < names.length || names.includes(model))
      faults.push([
        'members',
        `distinct and other than ${model}, which ${names.join(', ')} are not`,
      ])
    if (nameless !== undefined)
      faults.push(['model', `shorter, so that ${nameless} has at most 100 characters`])
    if (quorum > names.length)
      faults.push(['quorum', `at most ${names.length}, the number of members`])
  } else if (quorum !== 1) faults.push(['quorum', '1, since there is a single model'])
  const stranger =
    typeof weights === 'object' && Object.keys(weights).find((name) => !names.includes(name))
  if (typeof stranger === 'string')
    faults.push(['weights', `weights of ${names.join(', ')}, not of ${stranger}`])
  return faults
}
