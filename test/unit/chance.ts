/**
 * Where property tests begin to draw. Every run plays the same worlds, so that a test turns red for the change at hand;
 * a random SEED with more WORLDS, HTTP_WORLDS or HISTORIES looks for what nobody has thought of yet.
 */
export const seed = Number(process.env.SEED ?? 20_261_122);
