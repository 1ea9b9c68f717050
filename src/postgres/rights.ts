import type pg from 'pg';

/** PostgreSQL's code for a missing right. */
export const insufficientPrivilege = '42501';

/**
 * What the owner of a database, or of the tables in one of its schemas, has to do so that the role of this connection
 * may create and use them there, as sentences.
 */
export async function sayMissingRight(client: pg.ClientBase, schema: string): Promise<string> {
  const { rows } = await client.query<{
    role: string;
    database: string;
    name: string;
    owner: string | null;
    super: boolean;
  }>(
    `select quote_ident(current_user) as role, quote_ident(current_database()) as database, quote_ident($1) as name,
       quote_ident(o.rolname) as owner, o.rolsuper as super
     from (select) as one
     left join pg_namespace n on n.nspname = $1
     left join lateral (select relowner from pg_class where relnamespace = n.oid and relkind = 'r' limit 1) as t on true
     left join pg_roles o on o.oid = t.relowner`,
    [schema],
  );
  const [found] = rows;
  if (!found) return '';
  const { role, database, name, owner } = found;
  if (owner === null) {
    const statement =
      schema === 'public'
        ? `alter database ${database} owner to ${role}`
        : `create schema if not exists ${name}; alter schema ${name} owner to ${role}`;
    return `The role ${role} may not create tables in the schema ${name}. As a superuser, once: ${statement};`;
  }
  const fault = `The tables in the schema ${name} belong to ${owner}, and the role ${role} may not use or change them.`;
  // A member of a superuser can become one.
  return found.super
    ? `${fault} Restore the backup as ${role} (pg_restore --no-owner), or make ${role} the owner of each.`
    : `${fault} As a superuser, once: grant ${owner} to ${role};`;
}
