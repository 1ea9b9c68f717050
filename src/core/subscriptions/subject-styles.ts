/**
 * How much the subject of a mail says. `neutral`: how many trials changed. `plain`: it names the weightiest one.
 * `discreet`: that there is an update, from a sender whose name says nothing either.
 */
export const subjectStyles = ['neutral', 'plain', 'discreet'] as const;
export type SubjectStyle = (typeof subjectStyles)[number];
