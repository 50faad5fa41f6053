/** Why this person was offered the call: catalogue keys with `|`-separated arguments, as words. */

export interface ReasonCatalogue {
  has: (key: string) => boolean;
  translate: (key: string, values: string[]) => string;
}

/** Return the sentences of the reasons the catalogue knows; an unknown one is left out, never shown raw. */
export function reasonWords(reasons: readonly string[], catalogue: ReasonCatalogue): string[] {
  return reasons.flatMap((reason) => {
    const [name, ...values] = reason.split("|");
    const key = `session.why.${name}`;
    return catalogue.has(key) ? [catalogue.translate(key, values)] : [];
  });
}
