/** The migrated database that test databases are copied from. */
export const templateName = 'trialbell_template';
