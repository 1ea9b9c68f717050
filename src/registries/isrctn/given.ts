const nothing =
  /^(?:[\s\p{P}\p{S}]*|n\/?a|nil(?: known)?|none|tbc|unknown|not (?:yet )?(?:applicable|available|known|provided)(?: at (?:time of )?registration)?)\.?$/iu;

/** A field's value; empty where people wrote that there is none: "-", "N/A", "Nil known", "Not provided". */
export function given(value: string): string {
  return nothing.test(value.trim()) ? '' : value;
}

/** A text; as `given`, but "None" is an answer: no exclusion criteria. */
export function givenProse(text: string): string {
  return /^\s*none\.?\s*$/i.test(text) ? text : given(text);
}
