/**
 * The seed of property tests. Every run uses the same cases, so that a test that fails points to the latest change. A random
 * SEED with more WORLDS, HTTP_WORLDS or HISTORIES finds new cases.
 */
export const seed = Number(process.env.SEED ?? 20_261_122);
